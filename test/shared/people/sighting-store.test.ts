import { GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { expect, test } from 'vitest';
import {
  createFindCustomers,
  createForgetLinks,
} from '../../../shared/people/lost-links.dynamodb.ts';
import type { Sighting } from '../../../shared/people/see-profiles.ts';
import { createSightingStore } from '../../../shared/people/sighting-store.dynamodb.ts';
import { linkKeys } from '../../../shared/platform/contract/tables.ts';
import { repeatingClient, startDynamoDB, type TestDynamoDB } from '../../support/dynamodb.ts';

const nowMs = Date.parse('2026-11-23T12:00:00Z');

const setUp = async (dynamodb: TestDynamoDB) => {
  const tableName = await dynamodb.createTable('links');
  const client = repeatingClient(dynamodb);
  return {
    table: { client, tableName },
    store: createSightingStore({ client, tableName, now: () => nowMs }),
    put: (item: Record<string, unknown>) =>
      dynamodb.client.send(new PutItemCommand({ TableName: tableName, Item: marshall(item) })),
    async itemOf(pk: string) {
      const get = new GetItemCommand({ TableName: tableName, Key: marshall({ pk }) });
      const { Item } = await dynamodb.client.send(get);
      return Item && unmarshall(Item);
    },
  };
};

test('more sightings than one request holds are remembered, of their own memory alone', async () => {
  await using dynamodb = await startDynamoDB();
  const { store, itemOf } = await setUp(dynamodb);
  const ids = Array.from({ length: 130 }, (_, n) => `P${n}`);
  const seen = new Map<string, Sighting>(ids.map((id) => [id, { seenAtMs: nowMs }]));
  seen.set('OLD', { seenAtMs: nowMs, mergedInto: 'P1' });
  await store.remember('acme/A', seen);
  expect(await store.recall('acme/A', [...ids, 'OLD', 'P999'])).toEqual(seen);
  expect(await store.recall('acme/B', ids)).toEqual(new Map());
  expect((await itemOf(linkKeys.seen('acme/A', 'P1')))?.expiresAt).toBe(
    nowMs / 1_000 + 2 * 24 * 3_600,
  );
});

test('what was written to a profile or polled of it shows that it was there', async () => {
  await using dynamodb = await startDynamoDB();
  const { store, put } = await setUp(dynamodb);
  const ownUpdatedAt = '2026-11-20T00:00:00+00:00';
  await put({ pk: linkKeys.profile('acme/A', 'P1'), customerId: 'c1', ownUpdatedAt });
  await put({
    pk: linkKeys.profile('acme/A', 'P2'),
    customers: [{ customerId: 'c2' }],
    seenAtMs: 5,
  });
  await put({ pk: linkKeys.published('acme/A', 'P2'), updatedMs: 7, fieldsTold: '' });
  await put({ pk: linkKeys.profile('acme/A', 'P3'), customerId: 'c3' });
  expect(await store.recall('acme/A', ['P1', 'P2', 'P3'])).toEqual(
    new Map([
      ['P1', { seenAtMs: Date.parse(ownUpdatedAt) }],
      ['P2', { seenAtMs: 7 }],
    ]),
  );
});

test('a lost link is forgotten with the rest kept, unless it leads elsewhere by now', async () => {
  await using dynamodb = await startDynamoDB();
  const { table, put, itemOf } = await setUp(dynamodb);
  const [lost, moved] = ['c1', 'c2'].map((id) => linkKeys.customer('acme/A', id));
  await put({ pk: lost, profileId: 'GONE', seenAtMs: 1, leaseOwner: 'somebody' });
  await put({ pk: moved, profileId: 'NEW' });
  const keys = ['c1', 'c2', 'c3'].map((id) => linkKeys.customer('acme/A', id));
  await createForgetLinks(table)(keys.map((key) => ({ key, profileId: 'GONE' })));
  const left = { pk: lost, seenAtMs: 1, leaseOwner: 'somebody', formerProfileId: 'GONE' };
  expect(await itemOf(lost ?? '')).toEqual(left);
  expect(await itemOf(moved ?? '')).toEqual({ pk: moved, profileId: 'NEW' });
  expect(await itemOf(linkKeys.customer('acme/A', 'c3'))).toBeUndefined();
});

test('finds the customers of profiles, one of each', async () => {
  await using dynamodb = await startDynamoDB();
  const { table, put } = await setUp(dynamodb);
  await put({ pk: linkKeys.profile('acme/A', 'P1'), customers: [{ customerId: 'c1' }] });
  const customers = [{ customerId: 'c2' }, { customerId: 'c3' }];
  await put({ pk: linkKeys.profile('acme/A', 'P2'), customers });
  const find = createFindCustomers(table);
  expect(await find('acme/A', ['P1', 'P2', 'P3'])).toEqual(
    new Map([
      ['P1', 'c1'],
      ['P2', 'c2'],
    ]),
  );
  expect(await find('acme/A', [])).toEqual(new Map());
});
