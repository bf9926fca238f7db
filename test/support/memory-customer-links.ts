import type { CustomerLink, CustomerLinks } from '../../shared/contracts/links.ts';

/** Links in memory, with leases as the table keeps them. */
export const createMemoryCustomerLinks = () => {
  const items = new Map<string, CustomerLink & { owner?: string | undefined }>();
  const keyOf = (connectionId: string, customerId: string) => `${connectionId}/${customerId}`;
  let owners = 0;
  const links: CustomerLinks = {
    async lease(connectionId, customerId) {
      const key = keyOf(connectionId, customerId);
      const item = items.get(key) ?? {};
      if (item.owner !== undefined) return undefined;
      owners += 1;
      const owner = `owner-${owners}`;
      items.set(key, { ...item, owner });
      return { owner, link: item };
    },
    async save(
      connectionId,
      customerId,
      owner,
      { profileId, occurredAtMs, contentHash, withheld },
    ) {
      const key = keyOf(connectionId, customerId);
      if (items.get(key)?.owner !== owner) return;
      items.set(key, { profileId, occurredAtMs, contentHash, withheld: [...withheld] });
    },
    async release(connectionId, customerId, owner, occurredAtMs) {
      const key = keyOf(connectionId, customerId);
      const { owner: current, ...item } = items.get(key) ?? {};
      if (current !== owner) return;
      items.set(key, { ...item, ...(occurredAtMs === undefined ? {} : { occurredAtMs }) });
    },
  };
  return { links, items, keyOf };
};
