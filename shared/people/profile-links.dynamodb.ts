/** The profiles' items in the links table: whose each is, and what was written to it. */
import { randomUUID } from 'node:crypto';
import { readById } from '../platform/batch-requests.dynamodb.ts';
import { linkKeys } from '../platform/contract/tables.ts';
import { notLeased } from '../platform/lease.dynamodb.ts';
import { parseItem } from '../platform/stored-item.dynamodb.ts';
import { deleteItem, putItem, type Table } from '../platform/table.dynamodb.ts';
import { type ProfileLinks, profileLink } from './contract/customer-memory.ts';
import { isAsGiven, leaseLink, ownedBy, releaseLink } from './leased-link.dynamodb.ts';

export const createProfileLinks = (table: Table, now: () => number): ProfileLinks => {
  /** Removes what its owner has to itself; it may be gone already. */
  const remove = async (pk: string, owner: string): Promise<boolean> => {
    const condition = {
      when: 'attribute_not_exists(pk) OR leaseOwner = :owner',
      values: { ':owner': owner },
    };
    return (await deleteItem(table, { pk }, condition)) !== undefined;
  };

  return {
    readProfiles(memoryKey, profileIds) {
      const keyOf = (id: string) => linkKeys.profile(memoryKey, id);
      return readById(table, profileIds, keyOf, profileLink, { consistent: true });
    },

    async leaseProfile(memoryKey, profileId) {
      const leased = await leaseLink(table, linkKeys.profile(memoryKey, profileId), now());
      if (leased === undefined) return undefined;
      const link = parseItem(profileLink, leased.item, `the stored profile ${profileId}`);
      return { owner: leased.owner, link };
    },

    saveProfile(memoryKey, profileId, owner, link) {
      const pk = linkKeys.profile(memoryKey, profileId);
      if (link.customers.length === 0) return remove(pk, owner);
      return putItem(table, { pk, ...link, savedBy: owner }, ownedBy(owner));
    },

    addProfile(memoryKey, profileId, link) {
      const savedBy = randomUUID();
      const pk = linkKeys.profile(memoryKey, profileId);
      return putItem(
        table,
        { pk, ...link, savedBy },
        { when: 'attribute_not_exists(pk) OR savedBy = :own', values: { ':own': savedBy } },
      );
    },

    amendProfile(memoryKey, profileId, before, link) {
      const savedBy = randomUUID();
      const pk = linkKeys.profile(memoryKey, profileId);
      const asBefore = isAsGiven('savedBy', before.savedBy);
      return putItem(
        table,
        { pk, ...link, savedBy },
        {
          when: `(attribute_exists(pk) AND ${asBefore.when} AND ${notLeased}) OR savedBy = :own`,
          values: { ...asBefore.values, ':own': savedBy, ':now': now() },
        },
      );
    },

    async releaseProfile(memoryKey, profileId, { owner, link }) {
      const pk = linkKeys.profile(memoryKey, profileId);
      if (link.customers.length > 0) await releaseLink(table, pk, owner);
      else await remove(pk, owner);
    },
  };
};
