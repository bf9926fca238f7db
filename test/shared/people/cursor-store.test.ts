import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { PollCursors } from '../../../shared/people/contract/poll-cursor.ts';
import { createCursorStore } from '../../../shared/people/cursor-store.dynamodb.ts';
import { createMemoryCursors, cursorsOver } from '../../functions/poll/memory-cursors.ts';
import { startDynamoDB, type TestDynamoDB } from '../../support/dynamodb.ts';

let dynamodb: TestDynamoDB;
let tableName: string;
let nowMs = Date.parse('2026-11-23T12:00:00Z');
const now = () => nowMs;

beforeAll(async () => {
  dynamodb = await startDynamoDB();
  tableName = await dynamodb.createTable('connections', { sortKey: true });
});
afterAll(() => dynamodb[Symbol.asyncDispose]());

let connection = 0;
let id = '';
beforeEach(() => {
  connection += 1;
  id = `acme-${connection}`;
});

const scan = { lowerMs: 1_000, upperMs: 9_000 };

/** The model test of the poll stands on the memory's cursors: they have to behave as the table's. */
const stores: Record<string, () => PollCursors> = {
  'the table': () => createCursorStore({ client: dynamodb.client, tableName, now }),
  'the memory of the model test': () => {
    const { cursors } = createMemoryCursors(now);
    return cursorsOver(cursors, async (effect) => effect());
  },
};

describe.each(Object.entries(stores))('cursors in %s', (_, createStore) => {
  let cursors: PollCursors;
  beforeEach(() => {
    cursors = createStore();
  });

  test('are moved on by whoever knows where they were', async () => {
    expect(await cursors.advance(id, undefined, 5_000)).toBe(true);
    expect(await cursors.advance(id, undefined, 6_000)).toBe(false);
    expect(await cursors.advance(id, 5_000, 6_000)).toBe(true);
    expect(await cursors.advance(id, 5_000, 7_000)).toBe(false);
  });

  test('let one of two begin a scan', async () => {
    await cursors.advance(id, undefined, 5_000);
    const begun = await Promise.all([
      cursors.begin(id, 'one', 5_000, scan),
      cursors.begin(id, 'two', 5_000, scan),
    ]);
    expect(begun.filter(Boolean)).toHaveLength(1);
  });

  test('let nobody begin a scan from where the watermark no longer is', async () => {
    await cursors.advance(id, undefined, 5_000);
    expect(await cursors.begin(id, 'one', undefined, scan)).toBe(false);
    expect(await cursors.begin(id, 'one', 4_000, scan)).toBe(false);
  });

  test('let a request that is repeated by the SDK succeed again', async () => {
    expect(await cursors.begin(id, 'one', undefined, scan)).toBe(true);
    expect(await cursors.begin(id, 'one', undefined, scan)).toBe(true);
    expect(await cursors.save(id, 'one', { ...scan, pageCursor: 'p2' })).toBe(true);
    expect(await cursors.save(id, 'one', { ...scan, pageCursor: 'p2' })).toBe(true);
  });

  test('do not move while a scan is under way', async () => {
    await cursors.begin(id, 'one', undefined, scan);
    expect(await cursors.advance(id, undefined, 6_000)).toBe(false);
  });

  test('lead the next run to the page that was saved', async () => {
    await cursors.begin(id, 'one', undefined, scan);
    await cursors.save(id, 'one', { ...scan, pageCursor: 'p2' });
    await cursors.release(id, 'one');
    expect(await cursors.resume(id, 'two')).toMatchObject({ begun: { ...scan, pageCursor: 'p2' } });
  });

  test('are one run’s until it gives them back', async () => {
    await cursors.begin(id, 'one', undefined, scan);
    expect(await cursors.resume(id, 'two')).toBeUndefined();
    await cursors.release(id, 'two'); // which has no say in it
    expect(await cursors.resume(id, 'two')).toBeUndefined();
    await cursors.release(id, 'one');
    expect(await cursors.resume(id, 'two')).toBeDefined();
  });

  test('pass on once their holder must be gone, who then changes nothing', async () => {
    await cursors.begin(id, 'one', undefined, scan);
    nowMs += 70_001;
    expect(await cursors.resume(id, 'two')).toBeDefined();
    expect(await cursors.save(id, 'one', { ...scan, pageCursor: 'p9' })).toBe(false);
    expect(await cursors.finish(id, 'one', 9_000)).toBe(false);
    await cursors.release(id, 'one');
    expect(await cursors.resume(id, 'three')).toBeUndefined();
  });

  test('forget a scan that is finished', async () => {
    await cursors.begin(id, 'one', undefined, scan);
    expect(await cursors.finish(id, 'one', 9_000)).toBe(true);
    expect(await cursors.resume(id, 'two')).toBeUndefined();
    expect(await cursors.begin(id, 'two', 9_000, scan)).toBe(true);
  });

  test('of one connection say nothing of another’s', async () => {
    await cursors.begin(id, 'one', undefined, scan);
    expect(await cursors.begin(`${id}-other`, 'two', undefined, scan)).toBe(true);
  });
});

test('what is stored can be read: for those who look', async () => {
  const store = createCursorStore({ client: dynamodb.client, tableName, now });
  expect(await store.read(id)).toEqual({});
  await store.advance(id, undefined, 5_000);
  await store.begin(id, 'one', 5_000, scan);
  expect(await store.read(id)).toEqual({
    watermarkMs: 5_000,
    begun: scan,
    leaseUntilMs: nowMs + 70_000,
  });
});
