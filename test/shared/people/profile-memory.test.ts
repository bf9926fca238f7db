import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  pathHashOf,
  valueHashOf,
  writeVersions,
} from '../../../shared/people/contract/field-versions.ts';
import { createCustomerMemory } from '../../../shared/people/customer-memory.dynamodb.ts';
import { createForgetLinks } from '../../../shared/people/lost-links.dynamodb.ts';
import {
  createProfileMemory,
  type ProfileStore,
} from '../../../shared/people/profile-memory.dynamodb.ts';
import { linkKeys } from '../../../shared/platform/contract/tables.ts';
import { startDynamoDB, type TestDynamoDB } from '../../support/dynamodb.ts';

const nowMs = Date.parse('2026-11-23T12:00:00Z');
let dynamodb: TestDynamoDB;
let memory: ProfileStore;
let requests: string[] = [];
let tableName: string;

beforeAll(async () => {
  dynamodb = await startDynamoDB();
  tableName = await dynamodb.createTable('links');
  const client = {
    send: ((command: { readonly constructor: { readonly name: string } }) => {
      requests.push(command.constructor.name);
      return dynamodb.client.send(command as never);
    }) as typeof dynamodb.client.send,
  };
  memory = createProfileMemory({ client, tableName, now: () => nowMs });
});
afterAll(() => dynamodb[Symbol.asyncDispose]());

let round = 0;
let connectionId = '';
beforeEach(() => {
  round += 1;
  connectionId = `acme-${round}`;
  requests = [];
});

const itemOf = async (pk: string) => {
  const get = new GetItemCommand({ TableName: tableName, Key: marshall({ pk }) });
  const { Item } = await dynamodb.client.send(get);
  return Item && unmarshall(Item);
};

/** A customer as the customers function leaves it after a write. */
const linkCustomer = async (customerId: string, profileId: string, email: string) => {
  const customers = createCustomerMemory({ client: dynamodb.client, tableName });
  const owner = (await customers.leaseCustomer(connectionId, customerId, undefined)) ?? '';
  await customers.addProfile(connectionId, profileId, {
    customers: [{ customerId, identifiers: {}, subscribe: {} }],
    fieldVersions: [],
    fieldsSent: 'sent',
  });
  await customers.saveAddresses(connectionId, customerId, profileId, { email });
  await customers.saveCustomer(connectionId, customerId, owner, { profileId });
};

const customersOf = async (profileId: string) =>
  (await memory.recall(connectionId, [profileId])).get(profileId)?.customerIds;

const told = (profileId: string, linked = false) => ({
  profileId,
  updatedMs: nowMs - 5_000,
  fields: `fields of ${profileId}`,
  linked,
});

describe('what is remembered of a page', () => {
  const ids = Array.from({ length: 100 }, (_, n) => `P${n}`);

  test('takes two requests to read and four to write', async () => {
    await memory.remember(
      connectionId,
      ids.map((id) => told(id)),
    );
    const recalled = await memory.recall(connectionId, ids);
    expect(recalled.get('P7')?.published).toMatchObject({ fieldsTold: 'fields of P7' });
    expect(recalled.size).toBe(100);
    expect(Map.groupBy(requests, (name) => name).get('BatchWriteItemCommand')).toHaveLength(4);
    expect(Map.groupBy(requests, (name) => name).get('BatchGetItemCommand')).toHaveLength(2);
    expect(requests).toHaveLength(6);
  });

  test('is whose a profile is, what was sent to it, and what was told of it', async () => {
    await linkCustomer('c1', 'P1', 'ann@example.com');
    await memory.remember(connectionId, [told('P1', true)]);
    const recalled = await memory.recall(connectionId, ['P1', 'P2']);
    expect(recalled.get('P1')).toMatchObject({
      customerIds: ['c1'],
      fieldsSent: 'sent',
      published: { updatedMs: nowMs - 5_000, fieldsTold: 'fields of P1' },
    });
    expect(recalled.get('P2')).toEqual({ published: undefined });
  });

  test('ages out after thirty days, but for the profiles of known customers', async () => {
    await memory.remember(connectionId, [told('P1', true), told('P2')]);
    expect(await itemOf(linkKeys.published(connectionId, 'P1'))).not.toHaveProperty('expiresAt');
    expect(await itemOf(linkKeys.published(connectionId, 'P2'))).toMatchObject({
      expiresAt: nowMs / 1_000 + 30 * 86_400,
    });
  });

  test('of one connection is not another’s', async () => {
    await memory.remember(connectionId, [told('P1')]);
    const recalled = await memory.recall('other', ['P1']);
    expect(recalled.get('P1')?.published).toBeUndefined();
  });
});

test('addresses are found by their keys', async () => {
  await linkCustomer('c1', 'P1', 'Ann@example.com');
  const known = linkKeys.email(connectionId, 'ann@example.com');
  const unknown = linkKeys.phone(connectionId, '+31201234567');
  expect(await memory.findAddresses([known, unknown])).toEqual(
    new Map([[known, { customerId: 'c1', profileId: 'P1' }]]),
  );
});

test('an address whose profile was found to be gone is still the customer’s', async () => {
  await linkCustomer('c1', 'P1', 'ann@example.com');
  const known = linkKeys.email(connectionId, 'ann@example.com');
  await createForgetLinks({ client: dynamodb.client, tableName })([
    { key: known, profileId: 'P1' },
  ]);
  expect(await memory.findAddresses([known])).toEqual(new Map([[known, { customerId: 'c1' }]]));
});

describe('linking at once', () => {
  const profile = {
    id: 'P2',
    attributes: { email: 'ann@example.com', phone_number: '+31201234567' },
  };

  test('writes what a customer job would: profile, customer and addresses', async () => {
    await memory.link(connectionId, 'c1', profile, 'email');
    expect(await customersOf('P2')).toEqual(['c1']);
    expect(await itemOf(linkKeys.customer(connectionId, 'c1'))).toMatchObject({ profileId: 'P2' });
    const whose = { customerId: 'c1', profileId: 'P2' };
    expect(await itemOf(linkKeys.email(connectionId, 'ann@example.com'))).toMatchObject(whose);
    expect(await itemOf(linkKeys.phone(connectionId, '+31201234567'))).toMatchObject(whose);
  });

  test('leaves a customer the profile that there was, and its address', async () => {
    await linkCustomer('c1', 'P1', 'ann@example.com');
    await memory.link(connectionId, 'c1', profile, 'email');
    expect(await itemOf(linkKeys.customer(connectionId, 'c1'))).toMatchObject({ profileId: 'P1' });
    expect(await itemOf(linkKeys.email(connectionId, 'ann@example.com'))).toMatchObject({
      profileId: 'P1',
    });
    expect(await customersOf('P2')).toEqual(['c1']);
  });

  test('takes no profile from the customer who has it', async () => {
    await linkCustomer('c2', 'P2', 'bob@example.com');
    await memory.link(connectionId, 'c1', profile, 'email');
    expect(await customersOf('P2')).toEqual(['c2']);
  });

  test('takes a profile by its phone number only where it is a number and no more', async () => {
    await memory.link(connectionId, 'c1', profile, 'phone');
    expect(await customersOf('P2')).toBeUndefined();
    const number = { id: 'P3', attributes: { phone_number: '+31201234567' } };
    await memory.link(connectionId, 'c1', number, 'phone');
    expect(await customersOf('P3')).toEqual(['c1']);
  });

  test('leaves alone what a customer job is about to write', async () => {
    const customers = createCustomerMemory({
      client: dynamodb.client,
      tableName,
      now: () => nowMs,
    });
    await customers.leaseProfile(connectionId, 'P2');
    await memory.link(connectionId, 'c1', profile, 'email');
    expect(await itemOf(linkKeys.customer(connectionId, 'c1'))).toBeUndefined();
  });

  test('a profile is all its customers’, first whose external id it carries', async () => {
    const customers = createCustomerMemory({ client: dynamodb.client, tableName });
    const hash = valueHashOf('external_id', 'c2');
    const time = { occurredAtMs: 1 };
    await customers.addProfile(connectionId, 'P4', {
      customers: [
        { customerId: 'c1', identifiers: {}, subscribe: {} },
        { customerId: 'c2', identifiers: { external_id: hash }, subscribe: {} },
      ],
      fieldVersions: writeVersions(new Map([[pathHashOf('external_id'), { ...time, hash }]])),
    });
    expect(await customersOf('P4')).toEqual(['c2', 'c1']);
  });
});
