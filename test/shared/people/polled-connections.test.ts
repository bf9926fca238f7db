import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createCursorStore } from '../../../shared/people/cursor-store.dynamodb.ts';
import { createListPolledConnections } from '../../../shared/people/polled-connections.dynamodb.ts';
import { connectionOf } from '../../support/connection.ts';
import { startDynamoDB, type TestDynamoDB } from '../../support/dynamodb.ts';

let dynamodb: TestDynamoDB;
let tableName: string;
const invalid: string[] = [];

beforeAll(async () => {
  dynamodb = await startDynamoDB();
  tableName = await dynamodb.createTable('connections', { sortKey: true });
});
afterAll(() => dynamodb[Symbol.asyncDispose]());

const put = (item: Record<string, unknown>) =>
  dynamodb.client.send(new PutItemCommand({ TableName: tableName, Item: marshall(item) }));
const putSettings = (connectionId: string, more: Record<string, unknown> = {}) => {
  const { settings } = connectionOf({ connectionId });
  return put({ pk: connectionId, sk: 'settings', ...settings, ...more });
};

test('connections come with the places of their own accounts’ polls, and a broken one holds up no other', async () => {
  const cursors = createCursorStore({ client: dynamodb.client, tableName });
  const padding = 'x'.repeat(20_000); // so that the listing takes several requests of a megabyte
  for (let n = 0; n < 60; n += 1) {
    await putSettings(`connection-${n}`, { padding });
    if (n % 2 === 0) await cursors.advance(`connection-${n}/AcCt01`, undefined, 1_000 * (n + 1));
    await cursors.advance(`connection-${n}/AcOther`, undefined, 999);
    await put({ pk: `connection-${n}`, sk: 'token-lease', owner: 'somebody' });
  }
  await putSettings('broken', { status: 'on strike' });
  const number = { N: '12345678901234567890.5' }; // more digits than a number of ours can have
  const Item = { ...marshall({ pk: 'unreadable', sk: 'settings' }), accountId: number };
  await dynamodb.client.send(new PutItemCommand({ TableName: tableName, Item }));

  let requests = 0;
  const client = {
    send: ((command: never) => {
      requests += 1;
      return dynamodb.client.send(command);
    }) as typeof dynamodb.client.send,
  };
  const onInvalid = (connectionId: string) => void invalid.push(connectionId);
  const list = createListPolledConnections({ client, tableName, onInvalid });
  const found = new Map<string, number | undefined>();
  for await (const { settings, cursor } of list())
    found.set(settings.connectionId, cursor.watermarkMs);

  expect(found.size).toBe(60);
  for (const [connectionId, watermarkMs] of found) {
    const n = Number(connectionId.split('-')[1]);
    expect(watermarkMs, connectionId).toBe(n % 2 === 0 ? 1_000 * (n + 1) : undefined);
  }
  expect(invalid.toSorted()).toEqual(['broken', 'unreadable']);
  expect(requests).toBeGreaterThan(1);
  expect(requests).toBeLessThan(5);
});
