/** One item of a table: read, put, changed or deleted, the last three under a condition. */
import {
  ConditionalCheckFailedException,
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { type Item, type Key, type StoredItem, toStored } from './stored-item.dynamodb.ts';

export interface Table {
  readonly client: Pick<DynamoDBClient, 'send'>;
  readonly tableName: string;
  /** @default the client's */
  readonly requestTimeoutMs?: number;
}

export interface Condition {
  readonly when: string;
  /** For names that DynamoDB keeps to itself: `{ '#status': 'status' }`. */
  readonly names?: Readonly<Record<string, string>>;
  readonly values?: Readonly<Record<string, unknown>>;
}

export interface Change extends Partial<Condition> {
  /** `a = :a, b = :b` */
  readonly set?: string;
  /** `a, b` */
  readonly remove?: string;
}

/** All these changes in one, where the condition of each holds; one of them has a condition. */
export const together = (...changes: readonly Omit<Change, 'names'>[]): Change => {
  const list = (part: 'set' | 'remove') => {
    const all = changes.flatMap((change) => change[part] ?? []);
    return all.length > 0 && { [part]: all.join(', ') };
  };
  return {
    ...list('set'),
    ...list('remove'),
    when: changes.flatMap(({ when }) => (when === undefined ? [] : `(${when})`)).join(' AND '),
    values: Object.assign({}, ...changes.map(({ values }) => values)),
  };
};

const requestTo = ({ tableName }: Table, condition?: Partial<Condition>) => ({
  TableName: tableName,
  ...(condition !== undefined && {
    ConditionExpression: condition.when,
    ExpressionAttributeNames: condition.names,
    ExpressionAttributeValues: condition.values && toStored(condition.values),
  }),
});

const inTime = ({ requestTimeoutMs }: Table) =>
  requestTimeoutMs === undefined ? {} : { abortSignal: AbortSignal.timeout(requestTimeoutMs) };

/** Resolves to undefined where the condition does not hold. */
const unlessRefused = async <T>(request: Promise<T>): Promise<T | undefined> => {
  try {
    return await request;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return undefined;
    throw error;
  }
};

export const readItem = async (
  table: Table,
  key: Key,
  { consistent = false }: { readonly consistent?: boolean } = {},
): Promise<StoredItem | undefined> => {
  const request = { ...requestTo(table), Key: toStored(key), ConsistentRead: consistent };
  return (await table.client.send(new GetItemCommand(request), inTime(table))).Item;
};

/** Puts the item in the place of what is there; false where the condition does not hold. */
export const putItem = async (
  table: Table,
  item: Item,
  condition?: Condition,
): Promise<boolean> => {
  const command = new PutItemCommand({ ...requestTo(table, condition), Item: toStored(item) });
  return (await unlessRefused(table.client.send(command, inTime(table)))) !== undefined;
};

/** Resolves to what was asked for of the item; undefined where the condition does not hold. */
export const updateIf = async (
  table: Table,
  key: Key,
  { set, remove, ...condition }: Change,
  returning: 'NONE' | 'ALL_NEW' | 'ALL_OLD' = 'NONE',
): Promise<StoredItem | undefined> => {
  const sets = set === undefined ? [] : [`SET ${set}`];
  const removes = remove === undefined ? [] : [`REMOVE ${remove}`];
  const command = new UpdateItemCommand({
    ...requestTo(table, condition),
    Key: toStored(key),
    UpdateExpression: [...sets, ...removes].join(' '),
    ReturnValues: returning,
  });
  const answer = await unlessRefused(table.client.send(command, inTime(table)));
  return answer && (answer.Attributes ?? {});
};

/** Resolves to the item that was there; undefined where the condition does not hold. */
export const deleteItem = async (
  table: Table,
  key: Key,
  condition?: Condition,
  returning: 'NONE' | 'ALL_OLD' = 'NONE',
): Promise<StoredItem | undefined> => {
  const command = new DeleteItemCommand({
    ...requestTo(table, condition),
    Key: toStored(key),
    ReturnValues: returning,
  });
  const answer = await unlessRefused(table.client.send(command, inTime(table)));
  return answer && (answer.Attributes ?? {});
};
