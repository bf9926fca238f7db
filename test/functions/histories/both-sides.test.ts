/**
 * Random histories of both sides, carried out by all three functions together, and checked by what
 * must never be.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startDynamoDB, type TestDynamoDB } from '../../support/dynamodb.ts';
import { playHistory } from './bridge-history.ts';
import { createTables, startBridgeWorld } from './bridge-world.ts';
import { checks } from './check-history.ts';

let dynamodb: TestDynamoDB;
let tables: Awaited<ReturnType<typeof createTables>>;
beforeAll(async () => {
  dynamodb = await startDynamoDB();
  tables = await createTables(dynamodb);
});
afterAll(() => dynamodb[Symbol.asyncDispose]());

/** The same histories at every run; others by `TRUTH_SEED`, more by `TRUTH_RUNS`. */
const firstSeed = Number(process.env.TRUTH_SEED ?? 11);
const seeds = Array.from(
  { length: Number(process.env.TRUTH_RUNS ?? 15) },
  (_, index) => firstSeed + index,
);
const revisions = ['2023-10-15', '2026-07-15'];

test('whatever both sides do, what is delivered is true in Klaviyo', async () => {
  const failures: string[] = [];
  const counts: Record<string, number> = {};
  for (const seed of seeds) {
    await using world = await startBridgeWorld(tables, revisions[seed % 2] ?? '');
    try {
      const history = await playHistory(world, seed);
      for (const [name, check] of Object.entries(checks))
        counts[name] = (counts[name] ?? 0) + (await check(history));
    } catch (error) {
      failures.push(`seed ${seed}: ${error instanceof Error ? error.message : error}`);
    }
  }
  expect(failures).toEqual([]);
  // None of the rules is one that nothing was checked by.
  for (const name of Object.keys(checks)) expect([name, counts[name]]).not.toEqual([name, 0]);
}, 1_200_000);
