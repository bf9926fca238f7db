/** The customers' own items in the links table: whose profile it is, and the addresses that lead there. */
import { readById, writeItems } from '../platform/batch-requests.dynamodb.ts';
import { linkKeys } from '../platform/contract/tables.ts';
import { putItem, type Table, updateIf } from '../platform/table.dynamodb.ts';
import { type CustomerLinks, customerLink } from './contract/customer-memory.ts';
import { isAsGiven, leaseLink, ownedBy, releaseLink } from './leased-link.dynamodb.ts';

export const createCustomerLinks = (table: Table, now: () => number): CustomerLinks => ({
  readCustomers(memoryKey, customerIds) {
    const keyOf = (id: string) => linkKeys.customer(memoryKey, id);
    return readById(table, customerIds, keyOf, customerLink, { consistent: true });
  },

  async leaseCustomer(memoryKey, customerId, profileId) {
    const pk = linkKeys.customer(memoryKey, customerId);
    return (await leaseLink(table, pk, now(), isAsGiven('profileId', profileId)))?.owner;
  },

  saveCustomer: (memoryKey, customerId, owner, { withheld = [], ...link }) =>
    putItem(
      table,
      {
        pk: linkKeys.customer(memoryKey, customerId),
        ...link,
        ...(withheld.length > 0 && { withheld, withheldOf: memoryKey }),
        savedBy: owner,
      },
      ownedBy(owner),
    ),

  async saveWithheld(memoryKey, customerId, profileId, withheld) {
    const change =
      withheld.length > 0
        ? { set: 'withheld = :withheld, withheldOf = :withheldOf' }
        : { remove: 'withheld, withheldOf' };
    const values = withheld.length > 0 && { ':withheld': withheld, ':withheldOf': memoryKey };
    await updateIf(
      table,
      { pk: linkKeys.customer(memoryKey, customerId) },
      {
        ...change,
        when: 'profileId = :profileId',
        values: { ':profileId': profileId, ...values },
      },
    );
  },

  async saveAddresses(memoryKey, customerId, profileId, { email, phoneNumber }) {
    const keys = [
      ...(email === undefined ? [] : [linkKeys.email(memoryKey, email)]),
      ...(phoneNumber === undefined ? [] : [linkKeys.phone(memoryKey, phoneNumber)]),
    ];
    const items = keys.map((pk) => ({ pk, customerId, profileId }));
    if (items.length > 0) await writeItems(table, items);
  },

  releaseCustomer: (memoryKey, customerId, owner) =>
    releaseLink(table, linkKeys.customer(memoryKey, customerId), owner),
});
