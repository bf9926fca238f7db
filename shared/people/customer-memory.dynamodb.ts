/** What is remembered of customers, in DynamoDB: short leases keep one writer at a time. */
import { randomUUID } from 'node:crypto';
import {
  ConditionalCheckFailedException,
  DeleteItemCommand,
  PutItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { readItems, type TableOptions, writeItems } from '../platform/batch-requests.dynamodb.ts';
import { type CustomerMemory, customerLink, profileLink } from './contract/customer-memory.ts';
import { linkKeys } from './contract/links.ts';

/** Longer than a function runs: who holds it past this is gone. */
const writeLeaseMs = 70_000;

const notLeased = '(attribute_not_exists(leaseUntilMs) OR leaseUntilMs < :now)';

/** That an attribute is as given; `undefined`: not there. */
const is = (name: string, value: unknown): string =>
  value === undefined ? `attribute_not_exists(${name})` : `${name} = :${name}`;

interface Condition {
  readonly when: string;
  readonly values?: Readonly<Record<string, unknown>>;
}

/**
 * Every condition holds for a request that is repeated as well: the SDK does so where the answer
 * was lost. What a writer saves is marked with the writer's own name.
 */
export const createCustomerMemory = ({
  now = Date.now,
  ...table
}: TableOptions & { readonly now?: () => number }): CustomerMemory => {
  const { client, tableName } = table;

  /** Resolves to undefined where the condition does not hold. */
  const unlessRefused = async <T>(request: Promise<T>): Promise<T | undefined> => {
    try {
      return await request;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return undefined;
      throw error;
    }
  };

  const conditionOf = ({ when, values }: Condition) => ({
    TableName: tableName,
    ConditionExpression: when,
    ...(values && {
      ExpressionAttributeValues: marshall(values, { removeUndefinedValues: true }),
    }),
  });

  const put = async (pk: string, item: object, condition: Condition): Promise<boolean> => {
    const Item = marshall({ pk, ...item }, { removeUndefinedValues: true });
    const command = new PutItemCommand({ ...conditionOf(condition), Item });
    return (await unlessRefused(client.send(command))) !== undefined;
  };

  /** Removes what its owner has to itself; it may be gone already. */
  const remove = async (pk: string, owner: string): Promise<boolean> => {
    const condition = {
      when: 'attribute_not_exists(pk) OR leaseOwner = :owner',
      values: { ':owner': owner },
    };
    const command = new DeleteItemCommand({ ...conditionOf(condition), Key: marshall({ pk }) });
    return (await unlessRefused(client.send(command))) !== undefined;
  };

  /** Resolves to the item as it is then. */
  const update = async (pk: string, UpdateExpression: string, condition: Condition) => {
    const command = new UpdateItemCommand({
      ...conditionOf(condition),
      Key: marshall({ pk }),
      UpdateExpression,
      ReturnValues: 'ALL_NEW',
    });
    const answer = await unlessRefused(client.send(command));
    return answer && unmarshall(answer.Attributes ?? {});
  };

  const lease = async (pk: string, when: string, values: Record<string, unknown> = {}) => {
    const owner = randomUUID();
    const item = await update(pk, 'SET leaseOwner = :owner, leaseUntilMs = :until', {
      when: `(${notLeased} OR leaseOwner = :owner)${when}`,
      values: { ...values, ':owner': owner, ':until': now() + writeLeaseMs, ':now': now() },
    });
    return item && { owner, item };
  };

  const release = async (pk: string, owner: string): Promise<void> => {
    await update(pk, 'REMOVE leaseOwner, leaseUntilMs', {
      when: 'leaseOwner = :owner',
      values: { ':owner': owner },
    });
  };

  const read = async <T>(
    keyOf: (id: string) => string,
    ids: readonly string[],
    attributes: string,
    parse: (item: unknown) => T,
  ): Promise<ReadonlyMap<string, T>> => {
    const byKey = new Map(ids.map((id) => [keyOf(id), id]));
    const keys = [...byKey.keys()].map((pk) => marshall({ pk }));
    const consistent = { consistent: true };
    const items = await readItems(table, keys, `pk, ${attributes}`, consistent);
    return new Map(
      items.map((item) => [byKey.get(item.pk?.S ?? '') ?? '', parse(unmarshall(item))]),
    );
  };

  const owns = (owner: string): Condition => ({
    when: 'leaseOwner = :owner OR savedBy = :owner',
    values: { ':owner': owner },
  });

  return {
    readCustomers: (memoryKey, customerIds) =>
      read(
        (id) => linkKeys.customer(memoryKey, id),
        customerIds,
        'profileId, formerProfileId, seenAtMs, withheld',
        (item) => customerLink.parse(item),
      ),

    readProfiles: (memoryKey, profileIds) =>
      read(
        (id) => linkKeys.profile(memoryKey, id),
        profileIds,
        'customers, foreignExternalId, fieldVersions, fieldsSent, ownUpdatedAt, seenAtMs, savedBy',
        (item) => profileLink.parse(item),
      ),

    async leaseCustomer(memoryKey, customerId, profileId) {
      const values = { ':profileId': profileId };
      const when = ` AND ${is('profileId', profileId)}`;
      return (await lease(linkKeys.customer(memoryKey, customerId), when, values))?.owner;
    },

    async leaseProfile(memoryKey, profileId) {
      const leased = await lease(linkKeys.profile(memoryKey, profileId), '');
      return leased && { owner: leased.owner, link: profileLink.parse(leased.item) };
    },

    saveProfile(memoryKey, profileId, owner, link) {
      const pk = linkKeys.profile(memoryKey, profileId);
      if (link.customers.length > 0) return put(pk, { ...link, savedBy: owner }, owns(owner));
      return remove(pk, owner);
    },

    addProfile(memoryKey, profileId, link) {
      const savedBy = randomUUID();
      return put(
        linkKeys.profile(memoryKey, profileId),
        { ...link, savedBy },
        { when: 'attribute_not_exists(pk) OR savedBy = :own', values: { ':own': savedBy } },
      );
    },

    amendProfile(memoryKey, profileId, before, link) {
      const savedBy = randomUUID();
      return put(
        linkKeys.profile(memoryKey, profileId),
        { ...link, savedBy },
        {
          when: `(attribute_exists(pk) AND ${is('savedBy', before.savedBy)} AND ${notLeased}) OR savedBy = :own`,
          values: { ':savedBy': before.savedBy, ':own': savedBy, ':now': now() },
        },
      );
    },

    async releaseProfile(memoryKey, profileId, { owner, link }) {
      const pk = linkKeys.profile(memoryKey, profileId);
      if (link.customers.length > 0) await release(pk, owner);
      else await remove(pk, owner);
    },

    async saveAddresses(memoryKey, customerId, profileId, { email, phoneNumber }) {
      const keys = [
        ...(email === undefined ? [] : [linkKeys.email(memoryKey, email)]),
        ...(phoneNumber === undefined ? [] : [linkKeys.phone(memoryKey, phoneNumber)]),
      ];
      const items = keys.map((pk) => marshall({ pk, customerId, profileId }));
      if (items.length > 0) await writeItems(table, items);
    },

    saveCustomer: (memoryKey, customerId, owner, { withheld = [], ...link }) =>
      put(
        linkKeys.customer(memoryKey, customerId),
        {
          ...link,
          ...(withheld.length > 0 && { withheld, withheldOf: memoryKey }),
          savedBy: owner,
        },
        owns(owner),
      ),

    async saveWithheld(memoryKey, customerId, profileId, withheld) {
      const change =
        withheld.length > 0
          ? 'SET withheld = :withheld, withheldOf = :withheldOf'
          : 'REMOVE withheld, withheldOf';
      await update(linkKeys.customer(memoryKey, customerId), change, {
        when: 'profileId = :profileId',
        values: {
          ':profileId': profileId,
          ...(withheld.length > 0 && { ':withheld': withheld, ':withheldOf': memoryKey }),
        },
      });
    },

    releaseCustomer: (memoryKey, customerId, owner) =>
      release(linkKeys.customer(memoryKey, customerId), owner),
  };
};
