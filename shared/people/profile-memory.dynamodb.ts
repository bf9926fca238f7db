/** What the poll remembers of profiles, in the links table: a page of them at a time. */
import type * as z from 'zod';
import { readByKey, readItems, writeItems } from '../platform/batch-requests.dynamodb.ts';
import { linkKeys } from '../platform/contract/tables.ts';
import { notLeased } from '../platform/lease.dynamodb.ts';
import { keyOf, parseItem, type StoredItem } from '../platform/stored-item.dynamodb.ts';
import { putItem, type Table, updateIf } from '../platform/table.dynamodb.ts';
import { profileLink } from './contract/customer-memory.ts';
import { pathHashOf, readVersions } from './contract/field-versions.ts';
import { type AddressLink, addressLink, publishedProfile } from './contract/links.ts';
import type { ProfileMemory } from './contract/profile-memory.ts';

export interface ProfileStore extends ProfileMemory {
  findAddresses(keys: readonly string[]): Promise<ReadonlyMap<string, AddressLink>>;
}

/** For profiles of nobody that is known: past this, one more message does no harm. */
const unlinkedKeptForSeconds = 30 * 24 * 3_600;

/** What a profile's item tells the poll. */
const whose = profileLink.pick({ customers: true, fieldVersions: true, fieldsSent: true });
const recalled = ['pk', ...Object.keys(whose.shape), ...Object.keys(publishedProfile.shape)];

/** What this version does not know counts as nothing. */
const readable = {
  link: whose.optional().catch(undefined),
  published: publishedProfile.optional().catch(undefined),
};

const read = <T extends z.ZodType>(schema: T, item: StoredItem | undefined) =>
  item && parseItem(schema, item, 'a stored profile');

/** The customers of a profile, the one whose external id it carries first. */
const customerIdsOf = ({ customers, fieldVersions }: z.output<typeof whose>): string[] => {
  const externalId = readVersions(fieldVersions).get(pathHashOf('external_id'))?.hash;
  const owner = customers.find(({ identifiers }) => identifiers.external_id === externalId);
  const ids = customers.map(({ customerId }) => customerId);
  return owner === undefined ? ids : [...new Set([owner.customerId, ...ids])];
};

export const createProfileMemory = ({
  now = Date.now,
  ...table
}: Table & { readonly now?: () => number }): ProfileStore => {
  /** What is there already stays as it is. */
  const putNew = (pk: string, item: AddressLink): Promise<boolean> =>
    putItem(table, { pk, ...item }, { when: 'attribute_not_exists(pk)' });

  /** Sets what nobody has set before, nor is about to; false where somebody has. */
  const setNew = async (pk: string, name: string, value: unknown): Promise<boolean> => {
    const isSet = await updateIf(
      table,
      { pk },
      {
        set: `${name} = :value`,
        // It holds for a request that is repeated, too.
        when: `(attribute_not_exists(${name}) OR ${name} = :value) AND ${notLeased}`,
        values: { ':value': value, ':now': now() },
      },
    );
    return isSet !== undefined;
  };

  return {
    async recall(memoryKey, profileIds) {
      const linkKey = (id: string) => linkKeys.profile(memoryKey, id);
      const publishedKey = (id: string) => linkKeys.published(memoryKey, id);
      const keys = profileIds.flatMap((id) => [{ pk: linkKey(id) }, { pk: publishedKey(id) }]);
      // Consistent: what was published a moment ago must not be published again.
      const items = await readItems(table, keys, recalled, { consistent: true });
      const found = new Map(items.map((item) => [keyOf(item).pk, item]));
      return new Map(
        profileIds.map((id) => {
          const link = read(readable.link, found.get(linkKey(id)));
          const published = read(readable.published, found.get(publishedKey(id)));
          const customerIds = link && customerIdsOf(link);
          return [id, { customerIds, fieldsSent: link?.fieldsSent, published }];
        }),
      );
    },

    findAddresses: (keys) => readByKey(table, keys, addressLink),

    async remember(memoryKey, profiles) {
      const expiresAt = Math.floor(now() / 1_000) + unlinkedKeptForSeconds;
      const items = profiles.map(({ profileId, updatedMs, fields, linked }) => ({
        pk: linkKeys.published(memoryKey, profileId),
        updatedMs,
        fieldsTold: fields,
        expiresAt: linked ? undefined : expiresAt,
      }));
      await writeItems(table, items);
    },

    async link(memoryKey, customerId, { id, attributes }, by) {
      const { email, phone_number: phoneNumber, external_id: externalId } = attributes;
      if (by === 'phone' && (email || externalId)) return;
      const address = { customerId, profileId: id };
      const customers = [{ customerId, identifiers: {}, subscribe: {} }];
      const isTheirs = await setNew(linkKeys.profile(memoryKey, id), 'customers', customers);
      if (!isTheirs) return;
      await setNew(linkKeys.customer(memoryKey, customerId), 'profileId', id);
      if (email) await putNew(linkKeys.email(memoryKey, email), address);
      if (phoneNumber) await putNew(linkKeys.phone(memoryKey, phoneNumber), address);
    },
  };
};
