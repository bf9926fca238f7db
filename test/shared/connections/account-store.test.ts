import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createAccountStore } from '../../../shared/connections/account-store.dynamodb.ts';
import { createConnectionStore } from '../../../shared/connections/connection-store.dynamodb.ts';
import {
  type ConnectionSettings,
  connectionSettings,
} from '../../../shared/connections/contract.ts';
import { startDynamoDB, type TestDynamoDB } from '../../support/dynamodb.ts';

let dynamodb: TestDynamoDB;
beforeAll(async () => {
  dynamodb = await startDynamoDB();
  await dynamodb.createTable('connections', { sortKey: true });
});
afterAll(() => dynamodb[Symbol.asyncDispose]());

let connectionId = 'shop-0';
let count = 0;
beforeEach(() => {
  count += 1;
  connectionId = `shop-${count}`;
});

const table = () => ({ client: dynamodb.client, tableName: 'connections' });
const connections = () => createConnectionStore({ ...table(), allowAnyApiUrl: false });
const accounts = () => createAccountStore(table());
const write = (overrides: Partial<ConnectionSettings> = {}) =>
  connections().write(
    connectionSettings.parse({
      connectionId,
      status: 'needs_authorisation',
      auth: 'private_key',
      ...overrides,
    }),
  );

test('an account is claimed for a connection that has none, which goes by OAuth then', async () => {
  await write();
  expect(await accounts().claim(connectionId, 'A')).toBe(true);
  expect(await connections().read(connectionId)).toMatchObject({ accountId: 'A', auth: 'oauth' });
});

test('an account is claimed again, and no other', async () => {
  await write({ accountId: 'A' });
  expect(await accounts().claim(connectionId, 'A')).toBe(true);
  expect(await accounts().claim(connectionId, 'B')).toBe(false);
  expect(await connections().read(connectionId)).toMatchObject({ accountId: 'A' });
});

test('of two accounts claimed at once, one has the connection', async () => {
  await write();
  const claims = ['A', 'B'].map((accountId) => accounts().claim(connectionId, accountId));
  expect((await Promise.all(claims)).filter((claimed) => claimed)).toHaveLength(1);
});

test('nothing is claimed, opened or created for a connection that does not exist', async () => {
  expect(await accounts().claim(connectionId, 'A')).toBe(false);
  await accounts().open(connectionId);
  expect(await connections().read(connectionId)).toBeUndefined();
});

test('opening lets jobs flow, but for a connection that an operator has paused', async () => {
  await write();
  await accounts().open(connectionId);
  expect((await connections().read(connectionId))?.status).toBe('connected');
  await write({ status: 'paused' });
  await accounts().open(connectionId);
  expect((await connections().read(connectionId))?.status).toBe('paused');
});

test('settings whose API URL is not Klaviyo’s are not written, unless the stage allows it', async () => {
  const elsewhere = { apiUrl: 'https://a.klaviyo.com.evil.example' };
  await expect(write(elsewhere)).rejects.toThrow(/not Klaviyo's/);
  expect(await connections().read(connectionId)).toBeUndefined();
  const local = createConnectionStore({ ...table(), allowAnyApiUrl: true });
  const withUser = { apiUrl: 'http://user:word@127.0.0.1' };
  const unsafe = { connectionId, status: 'connected', auth: 'oauth', ...withUser };
  await expect(local.write(connectionSettings.parse(unsafe))).rejects.toThrow(/not Klaviyo's/);
  const settings = { connectionId, status: 'connected', auth: 'oauth', ...elsewhere };
  await local.write(connectionSettings.parse(settings));
  expect(await local.read(connectionId)).toMatchObject(elsewhere);
});
