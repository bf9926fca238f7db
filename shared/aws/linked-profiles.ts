/** Which Klaviyo profiles customers are linked to: a hundred customers a request. */
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { customerLink, linkKeys } from '../contracts/links.ts';
import { readItems, type TableOptions } from './batch-requests.ts';

/** Resolves to profile ids by customer id; customers without a link are left out. */
export const createFindLinkedProfiles =
  (table: TableOptions) =>
  async (
    connectionId: string,
    customerIds: readonly string[],
  ): Promise<ReadonlyMap<string, string>> => {
    const byKey = new Map(customerIds.map((id) => [linkKeys.customer(connectionId, id), id]));
    const keys = [...byKey.keys()].map((pk) => marshall({ pk }));
    const linked = new Map<string, string>();
    for (const item of await readItems(table, keys, 'pk, profileId')) {
      const { pk, ...link } = unmarshall(item);
      const { profileId } = customerLink.parse(link);
      const customerId = byKey.get(String(pk));
      if (customerId !== undefined && profileId !== undefined) linked.set(customerId, profileId);
    }
    return linked;
  };
