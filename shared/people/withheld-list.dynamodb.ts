/** Which customers Klaviyo's profiles lack an identifier of: by the index that holds just these. */

import * as z from 'zod';
import { customerIdOf, withheldIndex } from '../platform/contract/tables.ts';
import { countItems, queryItems } from '../platform/pages.dynamodb.ts';
import { parseItem } from '../platform/stored-item.dynamodb.ts';
import type { Table } from '../platform/table.dynamodb.ts';
import { customerLink, type WithheldSince } from './contract/customer-memory.ts';

export interface WithheldOfCustomer extends WithheldSince {
  readonly customerId: string;
}

const indexed = customerLink.pick({ withheld: true }).extend({ pk: z.string() });

const customersOf = (memoryKey: string) => ({
  index: withheldIndex.name,
  partition: [withheldIndex.partitionKey, memoryKey] as const,
});

export const createWithheldList = (table: Table) => ({
  async *list(memoryKey: string): AsyncGenerator<WithheldOfCustomer, void, void> {
    for await (const item of queryItems(table, customersOf(memoryKey))) {
      const { pk, withheld = [] } = parseItem(indexed, item, `a customer of ${memoryKey}`);
      const customerId = customerIdOf(memoryKey, pk);
      yield* withheld.map((one) => ({ customerId, ...one }));
    }
  },

  /** How many customers there are. */
  count: (memoryKey: string): Promise<number> => countItems(table, customersOf(memoryKey)),
});
