/** Which Klaviyo profiles customers are linked to. */
import { linkKeys } from '../platform/contract/tables.ts';
import type { Table } from '../platform/table.dynamodb.ts';
import { createReadLinks } from './read-links.dynamodb.ts';

/** Resolves to profile ids by customer id; customers without a link are left out. */
export const createFindLinkedProfiles = (table: Table) => {
  const readLinks = createReadLinks(table);
  return async (
    memoryKey: string,
    customerIds: readonly string[],
  ): Promise<ReadonlyMap<string, string>> => {
    const keyOf = (customerId: string) => linkKeys.customer(memoryKey, customerId);
    const linked = await readLinks(customerIds.map(keyOf));
    return new Map(
      customerIds.flatMap((customerId) => {
        const profileId = linked.get(keyOf(customerId));
        return profileId === undefined ? [] : [[customerId, profileId] as const];
      }),
    );
  };
};
