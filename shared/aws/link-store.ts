/** The links in DynamoDB: pairs of customer and profile, with a short lease for who writes. */
import { randomUUID } from 'node:crypto';
import {
  BatchWriteItemCommand,
  ConditionalCheckFailedException,
  type DynamoDBClient,
  UpdateItemCommand,
  type UpdateItemCommandInput,
  type WriteRequest,
} from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import {
  type AppliedCustomer,
  type CustomerLinks,
  customerLink,
  linkKeys,
} from '../contracts/links.ts';

/** Longer than a function runs: who holds it past this is gone. */
const leaseMs = 70_000;

export const createCustomerLinkStore = ({
  client,
  tableName,
  now = Date.now,
}: {
  readonly client: Pick<DynamoDBClient, 'send'>;
  readonly tableName: string;
  readonly now?: () => number;
}): CustomerLinks => {
  /** Updates a customer's item; undefined where the condition does not hold. */
  const update = async (
    connectionId: string,
    customerId: string,
    expression: Pick<UpdateItemCommandInput, 'UpdateExpression' | 'ConditionExpression'>,
    values: Record<string, unknown>,
  ) => {
    try {
      const { Attributes = {} } = await client.send(
        new UpdateItemCommand({
          TableName: tableName,
          Key: marshall({ pk: linkKeys.customer(connectionId, customerId) }),
          ReturnValues: 'ALL_NEW',
          ExpressionAttributeValues: marshall(values, { removeUndefinedValues: true }),
          ...expression,
        }),
      );
      return Attributes;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return undefined;
      throw error;
    }
  };

  const put = (key: string, item: Record<string, unknown>): WriteRequest => ({
    PutRequest: { Item: marshall({ pk: key, ...item }, { removeUndefinedValues: true }) },
  });

  /** The items by which lists and the poll find the customer again. */
  const saveLookups = async (
    connectionId: string,
    customerId: string,
    applied: AppliedCustomer,
  ) => {
    const { profileId, ownUpdatedAt, fieldsSent, email, phoneNumber } = applied;
    const whose = { customerId, profileId };
    let requests: WriteRequest[] = [
      put(linkKeys.profile(connectionId, profileId), { customerId, ownUpdatedAt, fieldsSent }),
      ...(email === undefined ? [] : [put(linkKeys.email(connectionId, email), whose)]),
      ...(phoneNumber === undefined ? [] : [put(linkKeys.phone(connectionId, phoneNumber), whose)]),
    ];
    while (requests.length > 0) {
      const { UnprocessedItems = {} } = await client.send(
        new BatchWriteItemCommand({ RequestItems: { [tableName]: requests } }),
      );
      requests = UnprocessedItems[tableName] ?? [];
    }
  };

  return {
    async lease(connectionId, customerId) {
      const owner = randomUUID();
      const item = await update(
        connectionId,
        customerId,
        {
          UpdateExpression: 'SET leaseOwner = :owner, leaseUntilMs = :until',
          ConditionExpression: 'attribute_not_exists(leaseUntilMs) OR leaseUntilMs < :now',
        },
        { ':owner': owner, ':until': now() + leaseMs, ':now': now() },
      );
      return item === undefined ? undefined : { owner, link: customerLink.parse(unmarshall(item)) };
    },

    async save(connectionId, customerId, owner, applied) {
      await saveLookups(connectionId, customerId, applied);
      const sent = applied.fieldsSent === undefined ? '' : ', fieldsSent = :sent';
      // Past its lease a slow writer must not undo what its successor has remembered.
      await update(
        connectionId,
        customerId,
        {
          UpdateExpression: `SET profileId = :profileId, occurredAtMs = :at, contentHash = :hash, withheld = :withheld${sent} REMOVE leaseOwner, leaseUntilMs`,
          ConditionExpression: 'leaseOwner = :owner',
        },
        {
          ':owner': owner,
          ':profileId': applied.profileId,
          ':at': applied.occurredAtMs,
          ':hash': applied.contentHash,
          ':withheld': applied.withheld,
          ':sent': applied.fieldsSent,
        },
      );
    },

    async release(connectionId, customerId, owner, occurredAtMs) {
      const set = occurredAtMs === undefined ? '' : 'SET occurredAtMs = :at ';
      await update(
        connectionId,
        customerId,
        {
          UpdateExpression: `${set}REMOVE leaseOwner, leaseUntilMs`,
          ConditionExpression: 'leaseOwner = :owner',
        },
        { ':owner': owner, ':at': occurredAtMs },
      );
    },
  };
};
