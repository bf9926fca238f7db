/** DynamoDB's batch requests: split to their caps, and repeated until nothing is left undone. */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type AttributeValue,
  BatchGetItemCommand,
  BatchWriteItemCommand,
  type DynamoDBClient,
  type WriteRequest,
} from '@aws-sdk/client-dynamodb';
import { chunksOf } from './chunks-of.ts';
import { PassingError } from './passing-error.ts';

type Item = Record<string, AttributeValue>;

export interface TableOptions {
  readonly client: Pick<DynamoDBClient, 'send'>;
  readonly tableName: string;
}

const keysPerRead = 100;
const itemsPerWrite = 25;
/** DynamoDB leaves a part undone where it is throttled. */
const maxAttempts = 6;
const firstBackoffMs = 25;

/** Repeats with what was left undone, for longer and longer apart. */
const untilDone = async <T>(work: readonly T[], attempt: (part: T[]) => Promise<T[]>) => {
  let rest = [...work];
  for (let attempts = 1; ; attempts += 1) {
    rest = await attempt(rest);
    if (rest.length === 0) return;
    if (attempts === maxAttempts) throw new PassingError('DynamoDB left a part of a batch undone');
    await sleep(firstBackoffMs * 2 ** attempts * (0.5 + Math.random() / 2));
  }
};

/**
 * The items with these keys, which must be distinct; those that do not exist are left out.
 * @throws PassingError when DynamoDB is throttled for longer.
 */
export const readItems = async (
  { client, tableName }: TableOptions,
  keys: readonly Item[],
  projection: string,
  { consistent = false }: { readonly consistent?: boolean } = {},
): Promise<Item[]> => {
  const found: Item[] = [];
  const read = async (part: Item[]): Promise<Item[]> => {
    const { Responses = {}, UnprocessedKeys = {} } = await client.send(
      new BatchGetItemCommand({
        RequestItems: {
          [tableName]: {
            Keys: part,
            ProjectionExpression: projection,
            ConsistentRead: consistent,
          },
        },
      }),
    );
    found.push(...(Responses[tableName] ?? []));
    return UnprocessedKeys[tableName]?.Keys ?? [];
  };
  await Promise.all(chunksOf(keys, keysPerRead).map((part) => untilDone(part, read)));
  return found;
};

const write = async (
  { client, tableName }: TableOptions,
  requests: readonly WriteRequest[],
): Promise<void> => {
  const send = async (part: WriteRequest[]): Promise<WriteRequest[]> => {
    const { UnprocessedItems = {} } = await client.send(
      new BatchWriteItemCommand({ RequestItems: { [tableName]: part } }),
    );
    return UnprocessedItems[tableName] ?? [];
  };
  await Promise.all(chunksOf(requests, itemsPerWrite).map((part) => untilDone(part, send)));
};

/**
 * Writes the items, one per key at most.
 * @throws PassingError when DynamoDB is throttled for longer.
 */
export const writeItems = (table: TableOptions, items: readonly Item[]): Promise<void> =>
  write(
    table,
    items.map((Item) => ({ PutRequest: { Item } })),
  );

/**
 * Deletes the items with these keys, each named once.
 * @throws PassingError when DynamoDB is throttled for longer.
 */
export const deleteItems = (table: TableOptions, keys: readonly Item[]): Promise<void> =>
  write(
    table,
    keys.map((Key) => ({ DeleteRequest: { Key } })),
  );
