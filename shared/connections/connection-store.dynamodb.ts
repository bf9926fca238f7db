/** The connections in DynamoDB: one item per connection under the sort key `settings`. */
import {
  type AttributeValue,
  ConditionalCheckFailedException,
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  ScanCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { isAllowedUrl } from '../klaviyo/index.ts';
import { parseItem } from '../platform/stored-item.dynamodb.ts';
import { type ConnectionSettings, connectionSettings } from './contract.ts';

const keyOf = (connectionId: string) => marshall({ pk: connectionId, sk: 'settings' });

const settingsOf = (item: Record<string, AttributeValue>): ConnectionSettings =>
  parseItem(connectionSettings, item, `the stored connection ${item.pk?.S}`);

export interface ConnectionStore {
  read(connectionId: string): Promise<ConnectionSettings | undefined>;
  /** All of them, page by page. */
  list(): AsyncGenerator<ConnectionSettings, void, void>;
  /** @throws Error when the API URL is not Klaviyo's, on a stage that allows no other. */
  write(settings: ConnectionSettings): Promise<void>;
  /** Changes the status of a connection that exists; nothing otherwise. */
  setStatus(connectionId: string, status: ConnectionSettings['status']): Promise<void>;
  /** Holds a connection whose jobs flow until it is connected again; a paused one stays paused. */
  requireAuthorisation(connectionId: string): Promise<void>;
  remove(connectionId: string): Promise<void>;
}

export const createConnectionStore = ({
  client,
  tableName,
  allowAnyApiUrl,
}: {
  readonly client: Pick<DynamoDBClient, 'send'>;
  readonly tableName: string;
  /** The stage's `ALLOW_ANY_API_URL`: credentials go wherever the settings say. */
  readonly allowAnyApiUrl: boolean;
}): ConnectionStore => {
  /** Sets the status where the condition holds. */
  const change = async (
    connectionId: string,
    condition: string,
    values: Readonly<Record<string, ConnectionSettings['status']>>,
  ): Promise<void> => {
    const update = new UpdateItemCommand({
      TableName: tableName,
      Key: keyOf(connectionId),
      UpdateExpression: 'SET #status = :status',
      ConditionExpression: condition,
      ExpressionAttributeNames: { '#status': 'status' },
      ExpressionAttributeValues: marshall(values),
    });
    await client.send(update).catch((error: unknown) => {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
    });
  };

  return {
    async read(connectionId) {
      const { Item } = await client.send(
        new GetItemCommand({ TableName: tableName, Key: keyOf(connectionId) }),
      );
      return Item === undefined ? undefined : settingsOf(Item);
    },
    async *list() {
      let ExclusiveStartKey: Record<string, AttributeValue> | undefined;
      do {
        const { Items = [], LastEvaluatedKey } = await client.send(
          new ScanCommand({
            TableName: tableName,
            FilterExpression: 'sk = :settings',
            ExpressionAttributeValues: marshall({ ':settings': 'settings' }),
            ExclusiveStartKey,
          }),
        );
        yield* Items.map(settingsOf);
        ExclusiveStartKey = LastEvaluatedKey;
      } while (ExclusiveStartKey !== undefined);
    },
    async write(settings) {
      if (!isAllowedUrl(settings.apiUrl, allowAnyApiUrl))
        throw new Error(`the API URL of connection ${settings.connectionId} is not Klaviyo's`);
      const item = { pk: settings.connectionId, sk: 'settings', ...settings };
      await client.send(
        new PutItemCommand({
          TableName: tableName,
          Item: marshall(item, { removeUndefinedValues: true }),
        }),
      );
    },
    setStatus: (connectionId, status) =>
      change(connectionId, 'attribute_exists(pk)', { ':status': status }),
    requireAuthorisation: (connectionId) =>
      change(connectionId, '#status = :connected', {
        ':status': 'needs_authorisation',
        ':connected': 'connected',
      }),
    async remove(connectionId) {
      await client.send(new DeleteItemCommand({ TableName: tableName, Key: keyOf(connectionId) }));
    },
  };
};
