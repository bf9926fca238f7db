/** What the poll remembers of profiles, in the links table: a page of them at a time. */
import {
  type AttributeValue,
  ConditionalCheckFailedException,
  PutItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { readItems, type TableOptions, writeItems } from '../platform/batch-requests.dynamodb.ts';
import { type ProfileLink, profileLink } from './contract/customer-memory.ts';
import { pathHashOf, readVersions } from './contract/field-versions.ts';
import { type AddressLink, addressLink, linkKeys, publishedProfile } from './contract/links.ts';
import type { ProfileMemory } from './contract/profile-memory.ts';

export interface ProfileStore extends ProfileMemory {
  findAddresses(keys: readonly string[]): Promise<ReadonlyMap<string, AddressLink>>;
}

/** For profiles of nobody that is known: past this, one more message does no harm. */
const unlinkedKeptForSeconds = 30 * 24 * 3_600;

const keyOf = (pk: string) => marshall({ pk });

/** What is there already stays as it is. */
const unlessThere = (error: unknown): void => {
  if (!(error instanceof ConditionalCheckFailedException)) throw error;
};

/** The customers of a profile, the one whose external id it carries first. */
const customerIdsOf = ({ customers, fieldVersions }: ProfileLink): string[] => {
  const externalId = readVersions(fieldVersions).get(pathHashOf('external_id'))?.hash;
  const owner = customers.find(({ identifiers }) => identifiers.external_id === externalId);
  const ids = customers.map(({ customerId }) => customerId);
  return owner === undefined ? ids : [...new Set([owner.customerId, ...ids])];
};

export const createProfileMemory = (
  table: TableOptions & { readonly now?: () => number },
): ProfileStore => {
  const { client, tableName, now = Date.now } = table;

  const read = async (keys: readonly string[], attributes: string, consistent: boolean) => {
    const items = await readItems(table, keys.map(keyOf), `pk, ${attributes}`, { consistent });
    return new Map(items.map((item) => [item.pk?.S ?? '', unmarshall(item)]));
  };

  const putNew = async (pk: string, item: Record<string, unknown>): Promise<void> => {
    const put = new PutItemCommand({
      TableName: tableName,
      Item: marshall({ pk, ...item }),
      ConditionExpression: 'attribute_not_exists(pk)',
    });
    await client.send(put).catch(unlessThere);
  };

  /** Sets what nobody has set before, nor is about to; false where somebody has. */
  const setNew = async (pk: string, name: string, value: unknown): Promise<boolean> => {
    const update = new UpdateItemCommand({
      TableName: tableName,
      Key: keyOf(pk),
      UpdateExpression: `SET ${name} = :value`,
      // It holds for a request that is repeated, too.
      ConditionExpression: `(attribute_not_exists(${name}) OR ${name} = :value) AND (attribute_not_exists(leaseUntilMs) OR leaseUntilMs < :now)`,
      ExpressionAttributeValues: marshall({ ':value': value, ':now': now() }),
    });
    try {
      await client.send(update);
      return true;
    } catch (error) {
      unlessThere(error);
      return false;
    }
  };

  return {
    async recall(memoryKey, profileIds) {
      const linkKey = (id: string) => linkKeys.profile(memoryKey, id);
      const publishedKey = (id: string) => linkKeys.published(memoryKey, id);
      // Consistent: what was published a moment ago must not be published again.
      const found = await read(
        profileIds.flatMap((id) => [linkKey(id), publishedKey(id)]),
        'customers, fieldVersions, fieldsSent, updatedMs, fieldsTold, expiresAt',
        true,
      );
      return new Map(
        profileIds.map((id) => {
          const link = profileLink.safeParse(found.get(linkKey(id))).data;
          const published = publishedProfile.safeParse(found.get(publishedKey(id))).data;
          const customerIds = link && customerIdsOf(link);
          return [id, { customerIds, fieldsSent: link?.fieldsSent, published }];
        }),
      );
    },

    async findAddresses(keys) {
      const found = await read(keys, 'customerId, profileId', false);
      return new Map([...found].map(([key, item]) => [key, addressLink.parse(item)]));
    },

    async remember(memoryKey, profiles) {
      const expiresAt = Math.floor(now() / 1_000) + unlinkedKeptForSeconds;
      const items = profiles.map(
        ({ profileId, updatedMs, fields, linked }): Record<string, AttributeValue> =>
          marshall({
            pk: linkKeys.published(memoryKey, profileId),
            updatedMs,
            fieldsTold: fields,
            ...(linked ? {} : { expiresAt }),
          }),
      );
      await writeItems(table, items);
    },

    async link(memoryKey, customerId, { id, attributes }, by) {
      const { email, phone_number: phoneNumber, external_id: externalId } = attributes;
      if (by === 'phone' && (email || externalId)) return;
      const whose = { customerId, profileId: id };
      const customers = [{ customerId, identifiers: {}, subscribe: {} }];
      const isTheirs = await setNew(linkKeys.profile(memoryKey, id), 'customers', customers);
      if (!isTheirs) return;
      await setNew(linkKeys.customer(memoryKey, customerId), 'profileId', id);
      if (email) await putNew(linkKeys.email(memoryKey, email), whose);
      if (phoneNumber) await putNew(linkKeys.phone(memoryKey, phoneNumber), whose);
    },
  };
};
