/** Which customers Klaviyo's profiles lack an identifier of: by the index that holds just these. */
import { type AttributeValue, QueryCommand } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import * as z from 'zod';
import type { TableOptions } from '../platform/batch-requests.dynamodb.ts';
import { customerLink, type WithheldSince } from './contract/customer-memory.ts';
import { customerIdOf, withheldIndex } from './contract/links.ts';

export interface WithheldOfCustomer extends WithheldSince {
  readonly customerId: string;
}

const indexed = customerLink.pick({ withheld: true }).extend({ pk: z.string() });

/** A connection's customers of whom something is withheld, and how to page through them. */
const pagesOf = async function* (
  { client, tableName }: TableOptions,
  memoryKey: string,
  select: 'COUNT' | 'ALL_PROJECTED_ATTRIBUTES',
) {
  let ExclusiveStartKey: Record<string, AttributeValue> | undefined;
  do {
    const page = await client.send(
      new QueryCommand({
        TableName: tableName,
        IndexName: withheldIndex.name,
        Select: select,
        KeyConditionExpression: `${withheldIndex.partitionKey} = :of`,
        ExpressionAttributeValues: marshall({ ':of': memoryKey }),
        ExclusiveStartKey,
      }),
    );
    yield page;
    ExclusiveStartKey = page.LastEvaluatedKey;
  } while (ExclusiveStartKey !== undefined);
};

export const createWithheldList = (table: TableOptions) => ({
  async *list(memoryKey: string): AsyncGenerator<WithheldOfCustomer, void, void> {
    for await (const { Items = [] } of pagesOf(table, memoryKey, 'ALL_PROJECTED_ATTRIBUTES'))
      for (const item of Items) {
        const { pk, withheld = [] } = indexed.parse(unmarshall(item));
        const customerId = customerIdOf(memoryKey, pk);
        yield* withheld.map((one) => ({ customerId, ...one }));
      }
  },

  /** How many customers there are. */
  async count(memoryKey: string): Promise<number> {
    let count = 0;
    for await (const { Count = 0 } of pagesOf(table, memoryKey, 'COUNT')) count += Count;
    return count;
  },
});
