import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createTokenLeaseStore } from '../../../shared/connections/token-lease-store.dynamodb.ts';
import { startDynamoDB, type TestDynamoDB } from '../../support/dynamodb.ts';

let dynamodb: TestDynamoDB;
beforeAll(async () => {
  dynamodb = await startDynamoDB();
  await dynamodb.createTable('connections', { sortKey: true });
});
afterAll(() => dynamodb[Symbol.asyncDispose]());

const clock = { nowMs: 1_000_000 };
let connectionId = 'shop-0';
let count = 0;
beforeEach(() => {
  count += 1;
  connectionId = `shop-${count}`;
});

const store = () =>
  createTokenLeaseStore({
    client: dynamodb.client,
    tableName: 'connections',
    now: () => clock.nowMs,
  });

test('a lease has one holder, of many who ask at once', async () => {
  const leases = await Promise.all(Array.from({ length: 20 }, () => store().take(connectionId)));
  expect(leases.filter((lease) => lease !== undefined)).toHaveLength(1);
});

test('a lease is free again once it is released', async () => {
  const lease = await store().take(connectionId);
  await lease?.release();
  expect(await store().take(connectionId)).toBeDefined();
});

test('a lease that is to rest is free once it has rested, though it would have ended later', async () => {
  const lease = await store().take(connectionId);
  await lease?.release(4_000);
  clock.nowMs += 3_999;
  expect(await store().take(connectionId)).toBeUndefined();
  clock.nowMs += 1;
  expect(await store().take(connectionId)).toBeDefined();
});

test('a lease that nobody released ends by itself after fifteen seconds', async () => {
  await store().take(connectionId);
  clock.nowMs += 14_999;
  expect(await store().take(connectionId)).toBeUndefined();
  clock.nowMs += 1;
  expect(await store().take(connectionId)).toBeDefined();
});

test('whoever releases too late takes nothing from the next holder', async () => {
  const late = await store().take(connectionId);
  clock.nowMs += 15_000;
  await store().take(connectionId);
  await late?.release();
  expect(await store().take(connectionId)).toBeUndefined();
});

test('the leases of two connections have nothing to do with each other', async () => {
  await store().take(connectionId);
  expect(await store().take(`${connectionId}-other`)).toBeDefined();
});
