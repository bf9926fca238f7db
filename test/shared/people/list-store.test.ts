import { BatchWriteItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createListStore } from '../../../shared/people/list-store.dynamodb.ts';
import { createReadLinks } from '../../../shared/people/read-links.dynamodb.ts';
import { linkKeys } from '../../../shared/platform/contract/tables.ts';
import { startDynamoDB, type TestDynamoDB } from '../../support/dynamodb.ts';

let dynamodb: TestDynamoDB;
beforeAll(async () => {
  dynamodb = await startDynamoDB();
});
afterAll(() => dynamodb[Symbol.asyncDispose]());

test('the names of a connection’s lists are kept and replaced', async () => {
  const tableName = await dynamodb.createTable('connections', { sortKey: true });
  const store = createListStore({ client: dynamodb.client, tableName });
  expect(await store.read('acme')).toBeUndefined();
  const lists = { readAtMs: 1_000, lists: [{ id: 'NEWS01', name: 'Newsletter' }] };
  await store.write('acme', lists);
  await store.write('other', { readAtMs: 2_000, lists: [] });
  expect(await store.read('acme')).toEqual(lists);
  await store.write('acme', { readAtMs: 3_000, lists: [] });
  expect(await store.read('acme')).toEqual({ readAtMs: 3_000, lists: [] });
});

test('links of any kind lead to profiles, also when asked for twice and by the hundreds', async () => {
  const tableName = await dynamodb.createTable('links');
  const readLinks = createReadLinks({ client: dynamodb.client, tableName });
  const customer = linkKeys.customer('acme', 'c1');
  const email = linkKeys.email('acme', 'ann@example.com');
  const unwritten = linkKeys.customer('acme', 'c2');
  await dynamodb.client.send(
    new BatchWriteItemCommand({
      RequestItems: {
        [tableName]: [
          { pk: customer, profileId: 'P1', occurredAtMs: 1 },
          { pk: email, profileId: 'P2', customerId: 'c9' },
          { pk: unwritten, leaseOwner: 'x' },
        ].map((item) => ({ PutRequest: { Item: marshall(item) } })),
      },
    }),
  );
  const others = Array.from({ length: 250 }, (_, index) => linkKeys.phone('acme', `+31${index}`));
  const found = await readLinks([customer, customer, email, unwritten, ...others]);
  expect(found).toEqual(
    new Map([
      [customer, 'P1'],
      [email, 'P2'],
    ]),
  );
});
