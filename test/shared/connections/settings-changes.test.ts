import { PutItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createConnectionStore } from '../../../shared/connections/connection-store.dynamodb.ts';
import { connectionSettings } from '../../../shared/connections/contract.ts';
import { createSettingsChanges } from '../../../shared/connections/settings-changes.dynamodb.ts';
import { startDynamoDB, type TestDynamoDB } from '../../support/dynamodb.ts';

let dynamodb: TestDynamoDB;
let tableName: string;

beforeAll(async () => {
  dynamodb = await startDynamoDB();
  tableName = await dynamodb.createTable('connections', { sortKey: true });
});

afterAll(() => dynamodb[Symbol.asyncDispose]());

const partsOf = () => {
  const table = { client: dynamodb.client, tableName };
  const store = createConnectionStore({ ...table, allowAnyApiUrl: false });
  return { changes: createSettingsChanges(table), store, table };
};

const settingsOf = (connectionId: string) =>
  connectionSettings.parse({ connectionId, status: 'connected', auth: 'private_key' });

test('only what is named changes, whatever others change meanwhile', async () => {
  const { changes, store } = partsOf();
  await store.write(settingsOf('acme'));
  await store.setStatus('acme', 'needs_authorisation');
  expect(await changes.set('acme', { throttle: { share: 0.5 }, generateEvents: false })).toBe(true);
  expect(await store.read('acme')).toEqual({
    ...settingsOf('acme'),
    status: 'needs_authorisation',
    throttle: { share: 0.5 },
    generateEvents: false,
  });
});

test('a connection that is not there is not made', async () => {
  const { changes, store } = partsOf();
  expect(await changes.set('nobody', { status: 'paused' })).toBe(false);
  expect(await store.read('nobody')).toBeUndefined();
});

test('a connection goes with all that is kept beside it, and no other does', async () => {
  const { changes, store, table } = partsOf();
  for (const id of ['gone', 'stays']) {
    await store.write(settingsOf(id));
    const Item = marshall({ pk: id, sk: 'cursor', watermarkMs: 1 });
    await table.client.send(new PutItemCommand({ TableName: tableName, Item }));
  }
  await changes.remove('gone');
  const { Items = [] } = await table.client.send(new ScanCommand({ TableName: tableName }));
  const keys = Items.map((item) => unmarshall(item)).map(({ pk, sk }) => `${pk} ${sk}`);
  expect(keys.filter((key) => key.startsWith('gone'))).toEqual([]);
  expect(keys).toEqual(expect.arrayContaining(['stays settings', 'stays cursor']));
});
