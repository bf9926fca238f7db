/** Which Klaviyo profiles customers are linked to. */
import { readById } from '../platform/batch-requests.dynamodb.ts';
import { linkKeys } from '../platform/contract/tables.ts';
import type { Table } from '../platform/table.dynamodb.ts';
import { link } from './contract/links.ts';

/** Resolves to profile ids by customer id; customers without a link are left out. */
export const createFindLinkedProfiles =
  (table: Table) =>
  async (
    memoryKey: string,
    customerIds: readonly string[],
  ): Promise<ReadonlyMap<string, string>> => {
    const keyOf = (customerId: string) => linkKeys.customer(memoryKey, customerId);
    const links = await readById(table, customerIds, keyOf, link);
    return new Map(
      [...links].flatMap(([id, { profileId }]) => (profileId ? [[id, profileId]] : [])),
    );
  };
