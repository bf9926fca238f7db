/** Many items of a table, in as many requests as they have megabytes. */
import { QueryCommand, type QueryCommandInput, ScanCommand } from '@aws-sdk/client-dynamodb';
import { type Key, keyOf, type StoredItem, toStored } from './stored-item.dynamodb.ts';
import type { Table } from './table.dynamodb.ts';

interface Page {
  readonly Items?: StoredItem[] | undefined;
  readonly LastEvaluatedKey?: StoredItem | undefined;
}

async function* pagesOf<T extends Page>(
  read: (after: StoredItem | undefined) => Promise<T>,
): AsyncGenerator<T, void, void> {
  let after: StoredItem | undefined;
  do {
    const page = await read(after);
    yield page;
    after = page.LastEvaluatedKey;
  } while (after !== undefined);
}

async function* itemsOf(pages: AsyncIterable<Page>): AsyncGenerator<StoredItem, void, void> {
  for await (const { Items = [] } of pages) yield* Items;
}

interface Selection {
  /** An expression: only these items come, though DynamoDB reads them all. */
  readonly filter?: string;
  readonly values?: Readonly<Record<string, unknown>>;
  /** @default all of them */
  readonly attributes?: readonly string[];
}

const scan = (
  { client, tableName }: Table,
  { filter, values, attributes }: Selection,
  after: StoredItem | undefined,
) =>
  client.send(
    new ScanCommand({
      TableName: tableName,
      FilterExpression: filter,
      ExpressionAttributeValues: values && toStored(values),
      ProjectionExpression: attributes?.join(', '),
      ExclusiveStartKey: after,
    }),
  );

/** One page of the table, and the key after which the next one begins. */
export const scanPage = async (table: Table, selection: Selection, after: Key | undefined) => {
  const { Items = [], LastEvaluatedKey } = await scan(table, selection, after && toStored(after));
  return { items: Items, last: LastEvaluatedKey && keyOf(LastEvaluatedKey) };
};

export const scanItems = (table: Table, selection: Selection) =>
  itemsOf(pagesOf((after) => scan(table, selection, after)));

interface Query {
  /** The partition's key attribute, of the table or of the index, and its value. */
  readonly partition: readonly [name: string, value: string];
  readonly index?: string;
  readonly attributes?: readonly string[];
  readonly consistent?: boolean;
}

const queryPages = (
  { client, tableName }: Table,
  { partition: [name, value], index, attributes, consistent }: Query,
  select?: QueryCommandInput['Select'],
) =>
  pagesOf((after) =>
    client.send(
      new QueryCommand({
        TableName: tableName,
        IndexName: index,
        Select: select,
        KeyConditionExpression: `${name} = :partition`,
        ExpressionAttributeValues: toStored({ ':partition': value }),
        ProjectionExpression: attributes?.join(', '),
        ConsistentRead: consistent,
        ExclusiveStartKey: after,
      }),
    ),
  );

export const queryItems = (table: Table, query: Query) => itemsOf(queryPages(table, query));

/** How many items there are in the partition, of which none is sent here. */
export const countItems = async (table: Table, query: Query): Promise<number> => {
  let count = 0;
  for await (const { Count = 0 } of queryPages(table, query, 'COUNT')) count += Count;
  return count;
};
