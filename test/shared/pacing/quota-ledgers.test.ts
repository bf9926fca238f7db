import { afterAll, beforeAll, expect, test } from 'vitest';
import { newLedger } from '../../../shared/pacing/ledger.ts';
import { createListLedgers } from '../../../shared/pacing/quota-ledgers.dynamodb.ts';
import { createQuotaStore } from '../../../shared/pacing/quota-store.dynamodb.ts';
import { encodeLedger } from '../../../shared/pacing/state-codec.ts';
import { startDynamoDB, type TestDynamoDB } from '../../support/dynamodb.ts';

let dynamodb: TestDynamoDB;

beforeAll(async () => {
  dynamodb = await startDynamoDB();
});

afterAll(() => dynamodb[Symbol.asyncDispose]());

test('ledgers are listed by account and endpoint, without the in-use markers and what cannot be read', async () => {
  const tableName = await dynamodb.createTable('quotas');
  const table = { client: dynamodb.client, tableName };
  const store = createQuotaStore(table);
  const ledger = newLedger(1_000);
  const write = (key: string, state: string) =>
    store.write(key, { version: 1, state, expiresAtSeconds: 0 }, undefined);
  await write('AcCt01#POST /api/events', encodeLedger(ledger));
  await write('AcCt01#POST /api/events#in use', '1');
  await write('AcCt01#GET /api/lists', 'of another form');

  const found = [];
  for await (const stored of createListLedgers(table)()) found.push(stored);
  expect(found).toEqual([{ quotaScope: 'AcCt01', endpoint: 'POST /api/events', ledger }]);
});
