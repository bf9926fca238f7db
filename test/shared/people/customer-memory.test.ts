import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type {
  CustomerMemory,
  ProfileLink,
} from '../../../shared/people/contract/customer-memory.ts';
import { createCustomerMemory } from '../../../shared/people/customer-memory.dynamodb.ts';
import { repeatingClient, startDynamoDB, type TestDynamoDB } from '../../support/dynamodb.ts';

let dynamodb: TestDynamoDB;
let nowMs = Date.parse('2026-11-23T12:00:00Z');
const now = () => nowMs;
let memory: CustomerMemory;
let round = 0;
let key = '';

beforeAll(async () => {
  dynamodb = await startDynamoDB();
  await dynamodb.createTable('links', { withheldIndex: true });
  memory = createCustomerMemory({ client: dynamodb.client, tableName: 'links', now });
});
afterAll(() => dynamodb[Symbol.asyncDispose]());
beforeEach(() => {
  round += 1;
  key = `acme/Ac${round}`;
});

const linkOf = (...customerIds: string[]): ProfileLink => ({
  customers: customerIds.map((customerId) => ({ customerId, identifiers: {}, subscribe: {} })),
  fieldVersions: [{ occurredAtMs: 5, fields: 'path__value___' }],
  fieldsSent: 'sent',
  seenAtMs: nowMs,
});
const readProfile = async (id: string) => (await memory.readProfiles(key, [id])).get(id);
const leaseProfile = async (id: string) => {
  const lease = await memory.leaseProfile(key, id);
  if (lease === undefined) throw new Error(`${id} is leased`);
  return lease;
};

/** Every request is made twice, as where an answer was lost. */
const repeated = () =>
  createCustomerMemory({ client: repeatingClient(dynamodb), tableName: 'links', now });

describe('the lease of a profile', () => {
  test('is one writer’s at a time, until it is saved', async () => {
    const leases = await Promise.all([1, 2, 3].map(() => memory.leaseProfile(key, 'P1')));
    const [lease] = leases.filter((one) => one !== undefined);
    expect(leases.filter((one) => one !== undefined)).toHaveLength(1);
    expect(await memory.saveProfile(key, 'P1', lease?.owner ?? '', linkOf('c1'))).toBe(true);
    expect(await readProfile('P1')).toMatchObject(linkOf('c1'));
    expect((await leaseProfile('P1')).link).toMatchObject(linkOf('c1'));
  });

  test('that has run out cannot save over what its successor knows', async () => {
    const slow = await leaseProfile('P1');
    nowMs += 70_001;
    const next = await leaseProfile('P1');
    expect(await memory.saveProfile(key, 'P1', slow.owner, linkOf('c1'))).toBe(false);
    expect(await memory.saveProfile(key, 'P1', next.owner, linkOf('c2'))).toBe(true);
    expect(await memory.saveProfile(key, 'P1', slow.owner, linkOf('c1'))).toBe(false);
    expect((await readProfile('P1'))?.customers).toMatchObject([{ customerId: 'c2' }]);
  });

  test('that is given back leaves nothing of a profile that is nobody’s', async () => {
    const lease = await leaseProfile('P1');
    await memory.releaseProfile(key, 'P1', lease);
    expect(await readProfile('P1')).toBeUndefined();
    await memory.addProfile(key, 'P1', linkOf('c1'));
    await memory.releaseProfile(key, 'P1', await leaseProfile('P1'));
    expect(await readProfile('P1')).toMatchObject(linkOf('c1'));
  });

  test('of one account does not hold up another', async () => {
    await leaseProfile('P1');
    expect(await memory.leaseProfile('acme/other', 'P1')).toBeDefined();
  });
});

describe('a profile that was made just now', () => {
  test('is remembered, unless somebody has found it already', async () => {
    await leaseProfile('P1');
    expect(await memory.addProfile(key, 'P1', linkOf('c1'))).toBe(false);
    expect(await memory.addProfile(key, 'P2', linkOf('c1'))).toBe(true);
  });
});

describe('what is amended without a lease', () => {
  test('is what was read, and is not being written', async () => {
    await memory.addProfile(key, 'P1', linkOf('c1'));
    const before = (await readProfile('P1')) ?? linkOf();
    const amended = { ...before, fieldsSent: 'amended' };
    expect(await memory.amendProfile(key, 'P1', before, amended)).toBe(true);
    expect(await memory.amendProfile(key, 'P1', before, amended)).toBe(false);
    const now = (await readProfile('P1')) ?? linkOf();
    await leaseProfile('P1');
    expect(await memory.amendProfile(key, 'P1', now, amended)).toBe(false);
    expect(await memory.amendProfile(key, 'P9', linkOf('c1'), amended)).toBe(false);
  });
});

describe('the lease of a customer', () => {
  test('is one writer’s at a time, and only while the link is as it was read', async () => {
    const owner = await memory.leaseCustomer(key, 'c1', undefined);
    expect(await memory.leaseCustomer(key, 'c1', undefined)).toBeUndefined();
    await memory.saveCustomer(key, 'c1', owner ?? '', { profileId: 'P1', seenAtMs: 1 });
    expect(await memory.leaseCustomer(key, 'c1', undefined)).toBeUndefined();
    expect(await memory.leaseCustomer(key, 'c1', 'P2')).toBeUndefined();
    const next = await memory.leaseCustomer(key, 'c1', 'P1');
    expect(next).toBeDefined();
    await memory.releaseCustomer(key, 'c1', next ?? '');
    expect((await memory.readCustomers(key, ['c1', 'c2'])).get('c1')).toEqual({
      profileId: 'P1',
      seenAtMs: 1,
    });
  });

  test('that was lost saves nothing', async () => {
    const slow = await memory.leaseCustomer(key, 'c1', undefined);
    nowMs += 70_001;
    await memory.leaseCustomer(key, 'c1', undefined);
    expect(await memory.saveCustomer(key, 'c1', slow ?? '', { profileId: 'P1' })).toBe(false);
  });
});

test('what is withheld is kept while the link is the same, and gone once nothing is', async () => {
  const withheld = [{ identifier: 'email', reason: 'taken', sinceMs: 1 }] as const;
  const owner = await memory.leaseCustomer(key, 'c1', undefined);
  await memory.saveCustomer(key, 'c1', owner ?? '', { profileId: 'P1' });
  await memory.saveWithheld(key, 'c1', 'P2', withheld);
  const read = async () => (await memory.readCustomers(key, ['c1'])).get('c1');
  expect(await read()).toEqual({ profileId: 'P1' });
  await memory.saveWithheld(key, 'c1', 'P1', withheld);
  expect(await read()).toEqual({ profileId: 'P1', withheld });
  await memory.saveWithheld(key, 'c1', 'P1', []);
  expect(await read()).toEqual({ profileId: 'P1' });
});

test('each request may be made twice: the second finds its own work', async () => {
  const twice = repeated();
  const owner = (await twice.leaseCustomer(key, 'c1', undefined)) ?? '';
  expect(await twice.addProfile(key, 'P1', linkOf('c1'))).toBe(true);
  expect(await twice.saveCustomer(key, 'c1', owner, { profileId: 'P1' })).toBe(true);
  const before = (await readProfile('P1')) ?? linkOf();
  expect(await twice.amendProfile(key, 'P1', before, before)).toBe(true);
  const lease = await twice.leaseProfile(key, 'P1');
  expect(await twice.saveProfile(key, 'P1', lease?.owner ?? '', linkOf('c1'))).toBe(true);
  const last = await twice.leaseProfile(key, 'P1');
  expect(await twice.saveProfile(key, 'P1', last?.owner ?? '', linkOf())).toBe(true);
  expect(await readProfile('P1')).toBeUndefined();
});
