import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createCustomerLinkStore } from '../../../shared/aws/link-store.ts';
import { createProfileMemory, type ProfileStore } from '../../../shared/aws/profile-memory.ts';
import { linkKeys } from '../../../shared/contracts/links.ts';
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
  const links = createCustomerLinkStore({ client: dynamodb.client, tableName });
  const lease = await links.lease(connectionId, customerId);
  await links.save(connectionId, customerId, lease?.owner ?? '', {
    profileId,
    occurredAtMs: 1,
    contentHash: 'hash',
    withheld: [],
    ownUpdatedAt: '2026-11-23T11:00:00.123456+00:00',
    fieldsSent: 'sent',
    email,
  });
};

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
      customerId: 'c1',
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

describe('linking at once', () => {
  const profile = {
    id: 'P2',
    attributes: { email: 'ann@example.com', phone_number: '+31201234567' },
  };

  test('writes what a customer job would: profile, customer and addresses', async () => {
    await memory.link(connectionId, 'c1', profile);
    expect(await itemOf(linkKeys.profile(connectionId, 'P2'))).toMatchObject({ customerId: 'c1' });
    expect(await itemOf(linkKeys.customer(connectionId, 'c1'))).toMatchObject({ profileId: 'P2' });
    const whose = { customerId: 'c1', profileId: 'P2' };
    expect(await itemOf(linkKeys.email(connectionId, 'ann@example.com'))).toMatchObject(whose);
    expect(await itemOf(linkKeys.phone(connectionId, '+31201234567'))).toMatchObject(whose);
  });

  test('leaves a customer the profile that there was, and its address', async () => {
    await linkCustomer('c1', 'P1', 'ann@example.com');
    await memory.link(connectionId, 'c1', profile);
    expect(await itemOf(linkKeys.customer(connectionId, 'c1'))).toMatchObject({ profileId: 'P1' });
    expect(await itemOf(linkKeys.email(connectionId, 'ann@example.com'))).toMatchObject({
      profileId: 'P1',
    });
    expect(await itemOf(linkKeys.profile(connectionId, 'P2'))).toMatchObject({ customerId: 'c1' });
  });

  test('takes no profile from the customer who has it', async () => {
    await linkCustomer('c2', 'P2', 'bob@example.com');
    await memory.link(connectionId, 'c1', profile);
    expect(await itemOf(linkKeys.profile(connectionId, 'P2'))).toMatchObject({ customerId: 'c2' });
  });
});
