/** The customers' function as it is often written: on klaviyo-api and the AWS SDK as they come. */
import { DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { SQSEvent } from 'aws-lambda';
import { ApiKeySession, ProfileEnum, ProfilesApi } from 'klaviyo-api';
import * as z from 'zod';

const environment = z
  .object({
    LINKS_TABLE_NAME: z.string(),
    SECRET_NAME_PREFIX: z.string(),
    LISTS_QUEUE_URL: z.url(),
  })
  .parse(process.env);
const dynamodb = new DynamoDBClient();
const secrets = new SecretsManagerClient();
const sqs = new SQSClient();

const message = z.object({
  connectionId: z.string(),
  customer: z.object({ customerId: z.string(), email: z.email().optional() }),
  lists: z.array(z.string()).default([]),
});

const TableName = environment.LINKS_TABLE_NAME;

export const handler = async ({ Records }: SQSEvent): Promise<void> => {
  for (const { body } of Records) {
    const { connectionId, customer, lists } = message.parse(JSON.parse(body));
    const SecretId = environment.SECRET_NAME_PREFIX + connectionId;
    const { SecretString = '' } = await secrets.send(new GetSecretValueCommand({ SecretId }));
    const Key = { pk: { S: `${connectionId} ${customer.customerId}` } };
    const link = await dynamodb.send(new GetItemCommand({ TableName, Key }));
    const profiles = new ProfilesApi(new ApiKeySession(SecretString));
    const { body: written } = await profiles.createOrUpdateProfile({
      data: {
        type: ProfileEnum.Profile,
        ...(link.Item?.id?.S && { id: link.Item.id.S }),
        attributes: { externalId: customer.customerId, email: customer.email ?? null },
      },
    });
    const Item = { ...Key, id: { S: written.data.id ?? '' } };
    await dynamodb.send(new PutItemCommand({ TableName, Item }));
    for (const list of lists)
      await sqs.send(
        new SendMessageCommand({
          QueueUrl: environment.LISTS_QUEUE_URL,
          MessageBody: JSON.stringify({ connectionId, list, profileId: written.data.id }),
        }),
      );
  }
};
