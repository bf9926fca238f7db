import { GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createQuotaStore } from '../../../shared/pacing/quota-store.dynamodb.ts';
import { startDynamoDB, type TestDynamoDB } from '../../support/dynamodb.ts';

let dynamodb: TestDynamoDB;
beforeAll(async () => {
  dynamodb = await startDynamoDB();
  await dynamodb.createTable('quotas');
  await dynamodb.createTable('restored-quotas');
});
afterAll(() => dynamodb[Symbol.asyncDispose]());

let key = '';
let count = 0;
beforeEach(() => {
  count += 1;
  key = `account-${count}#POST /api/events`;
});

const store = (tableName = 'quotas') => createQuotaStore({ client: dynamodb.client, tableName });
const item = (version: number, state = `state ${version}`) => ({
  version,
  state,
  expiresAtSeconds: 1_800_000_000,
});

test('an item that is not there is undefined', async () => {
  expect(await store().read(key)).toBeUndefined();
});

test('what was written is read again', async () => {
  expect(await store().write(key, item(1_700_000_000_001), undefined)).toBe(true);
  expect(await store().read(key)).toEqual({ ...item(1_700_000_000_001), restored: false });
});

test('an item is changed only by who knows its version', async () => {
  await store().write(key, item(1), undefined);
  expect(await store().write(key, item(2), 1)).toBe(true);
  expect(await store().write(key, item(2, 'too late'), 1)).toBe(false);
  expect(await store().write(key, item(1, 'too late'), undefined)).toBe(false);
  expect(await store().read(key)).toMatchObject(item(2));
});

test('an item that has gone is not changed', async () => {
  expect(await store().write(key, item(2), 1)).toBe(false);
  expect(await store().read(key)).toBeUndefined();
});

test('of many who write at once, one does', async () => {
  await store().write(key, item(1), undefined);
  const writes = await Promise.all(
    Array.from({ length: 20 }, (_, writer) => store().write(key, item(2, `of ${writer}`), 1)),
  );
  expect(writes.filter((isWritten) => isWritten)).toHaveLength(1);
});

test('the time to live is in seconds, where the table looks for it', async () => {
  await store().write(key, item(1), undefined);
  const { Item } = await dynamodb.client.send(
    new GetItemCommand({ TableName: 'quotas', Key: { pk: { S: key } } }),
  );
  expect(Item?.e).toEqual({ N: '1800000000' });
});

test('an item from a backup of another table says so, until it is written again', async () => {
  await store().write(key, item(1), undefined);
  const backup = await dynamodb.client.send(
    new GetItemCommand({ TableName: 'quotas', Key: { pk: { S: key } } }),
  );
  await dynamodb.client.send(
    new PutItemCommand({ TableName: 'restored-quotas', Item: backup.Item }),
  );
  expect(await store('restored-quotas').read(key)).toMatchObject({ ...item(1), restored: true });
  await store('restored-quotas').write(key, item(2), 1);
  expect(await store('restored-quotas').read(key)).toMatchObject({ ...item(2), restored: false });
});

test('any other failure is told', async () => {
  await expect(store('no-such-table').write(key, item(1), undefined)).rejects.toMatchObject({
    name: 'ResourceNotFoundException',
  });
});
