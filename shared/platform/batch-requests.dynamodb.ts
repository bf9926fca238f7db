/** DynamoDB's batch requests: split to their caps, and repeated until nothing is left undone. */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  BatchGetItemCommand,
  BatchWriteItemCommand,
  type WriteRequest,
} from '@aws-sdk/client-dynamodb';
import type * as z from 'zod';
import { chunksOf } from './chunks-of.ts';
import { PassingError } from './passing-error.ts';
import {
  type Item,
  type Key,
  keyOf,
  parseItem,
  type StoredItem,
  toStored,
} from './stored-item.dynamodb.ts';
import type { Table } from './table.dynamodb.ts';

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
 * The items with these keys, which must be distinct, and these attributes of each; those that do not
 * exist are left out.
 * @throws PassingError when DynamoDB is throttled for longer.
 */
export const readItems = async (
  { client, tableName }: Table,
  keys: readonly Key[],
  attributes: readonly string[],
  { consistent = false }: { readonly consistent?: boolean } = {},
): Promise<StoredItem[]> => {
  const found: StoredItem[] = [];
  const read = async (part: StoredItem[]): Promise<StoredItem[]> => {
    const { Responses = {}, UnprocessedKeys = {} } = await client.send(
      new BatchGetItemCommand({
        RequestItems: {
          [tableName]: {
            Keys: part,
            ProjectionExpression: attributes.join(', '),
            ConsistentRead: consistent,
          },
        },
      }),
    );
    found.push(...(Responses[tableName] ?? []));
    return UnprocessedKeys[tableName]?.Keys ?? [];
  };
  const parts = chunksOf(keys.map(toStored), keysPerRead);
  await Promise.all(parts.map((part) => untilDone(part, read)));
  return found;
};

/**
 * The items with these keys by `pk`, read by a schema that names all of their attributes which are
 * asked for. For a table without sort keys.
 * @throws InvalidItemError for an item that breaks the schema.
 * @throws PassingError when DynamoDB is throttled for longer.
 */
export const readByKey = async <T extends z.ZodObject>(
  table: Table,
  keys: Iterable<string>,
  schema: T,
  options?: { readonly consistent?: boolean },
): Promise<Map<string, z.output<T>>> => {
  const distinct = [...new Set(keys)].map((pk) => ({ pk }));
  const attributes = [...new Set(['pk', ...Object.keys(schema.shape)])];
  const items = await readItems(table, distinct, attributes, options);
  return new Map(
    items.map((item) => {
      const { pk } = keyOf(item);
      return [pk, parseItem(schema, item, `a stored item of ${pk.split('#')[0]}`)];
    }),
  );
};

/** The same by ids, each the source of a key; those without an item are left out. */
export const readById = async <T extends z.ZodObject>(
  table: Table,
  ids: readonly string[],
  keyOf: (id: string) => string,
  schema: T,
  options?: { readonly consistent?: boolean },
): Promise<Map<string, z.output<T>>> => {
  const found = await readByKey(table, ids.map(keyOf), schema, options);
  return new Map(
    ids.flatMap((id) => {
      const item = found.get(keyOf(id));
      return item === undefined ? [] : [[id, item] as const];
    }),
  );
};

const write = async (
  { client, tableName }: Table,
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
export const writeItems = (table: Table, items: readonly Item[]): Promise<void> =>
  write(
    table,
    items.map((item) => ({ PutRequest: { Item: toStored(item) } })),
  );

/**
 * Deletes the items with these keys, each named once.
 * @throws PassingError when DynamoDB is throttled for longer.
 */
export const deleteItems = (table: Table, keys: readonly Key[]): Promise<void> =>
  write(
    table,
    keys.map((key) => ({ DeleteRequest: { Key: toStored(key) } })),
  );
