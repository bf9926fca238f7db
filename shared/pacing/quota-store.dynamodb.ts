/** The quota ledgers in DynamoDB: one item per key, changed only by who knows its version. */
import {
  type AttributeValue,
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { QuotaItem, QuotaStore } from './quota-store.ts';

/** A permit that takes longer to get is of no use any more. */
const requestTimeoutMs = 3_000;

/**
 * `v` the version, `s` the state, `e` when it may be dropped (the table's TTL), and `t` the table
 * that it was written to: a backup is restored into another one, and tells so by it.
 */
const itemOf = (
  attributes: Record<string, AttributeValue> | undefined,
  tableName: string,
): QuotaItem | undefined => {
  if (attributes?.v?.N === undefined) return undefined;
  return {
    version: Number(attributes.v.N),
    state: attributes.s?.S ?? '',
    expiresAtSeconds: Number(attributes.e?.N),
    restored: attributes.t?.S !== tableName,
  };
};

export const createQuotaStore = ({
  client,
  tableName,
}: {
  readonly client: Pick<DynamoDBClient, 'send'>;
  readonly tableName: string;
}): QuotaStore => {
  const keyOf = (key: string) => ({ TableName: tableName, Key: { pk: { S: key } } });
  const inTime = () => ({ abortSignal: AbortSignal.timeout(requestTimeoutMs) });

  const update = (key: string, item: QuotaItem, expected: number | undefined) =>
    new UpdateItemCommand({
      ...keyOf(key),
      UpdateExpression: 'SET v = :v, s = :s, e = :e, t = :t',
      ConditionExpression: expected === undefined ? 'attribute_not_exists(pk)' : 'v = :expected',
      ExpressionAttributeValues: {
        ':v': { N: String(item.version) },
        ':s': { S: item.state },
        ':e': { N: String(item.expiresAtSeconds) },
        ':t': { S: tableName },
        ...(expected === undefined ? {} : { ':expected': { N: String(expected) } }),
      },
    });

  return {
    async read(key) {
      const command = new GetItemCommand({ ...keyOf(key), ConsistentRead: true });
      const { Item } = await client.send(command, inTime());
      return itemOf(Item, tableName);
    },
    async write(key, item, expected) {
      try {
        await client.send(update(key, item, expected), inTime());
        return true;
      } catch (error) {
        if (error instanceof ConditionalCheckFailedException) return false;
        throw error;
      }
    },
  };
};
