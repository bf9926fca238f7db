import { afterAll, beforeAll, expect, test } from 'vitest';
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

const store = () =>
  createConnectionStore({
    client: dynamodb.client,
    tableName: 'connections',
    allowAnyApiUrl: false,
  });
const settingsOf = (connectionId: string, status: ConnectionSettings['status']) =>
  connectionSettings.parse({ connectionId, status, auth: 'oauth' });

test('a connection whose credentials are refused waits for a person', async () => {
  await store().write(settingsOf('acme', 'connected'));
  await store().requireAuthorisation('acme');
  expect((await store().read('acme'))?.status).toBe('needs_authorisation');
});

test('a connection that an operator has paused stays so: connecting it must not release its jobs', async () => {
  await store().write(settingsOf('paused', 'paused'));
  await store().requireAuthorisation('paused');
  expect((await store().read('paused'))?.status).toBe('paused');
});

test('a connection that is gone is not made again by holding it', async () => {
  await store().requireAuthorisation('nobody');
  await store().setStatus('nobody', 'needs_authorisation');
  expect(await store().read('nobody')).toBeUndefined();
});
