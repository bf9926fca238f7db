import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { KlaviyoSimulator } from '../../local/klaviyo/simulator.ts';
import { faultJobs, listNames } from '../support/fault-jobs.ts';
import { differencesOf, stateAfter } from '../support/fault-model.ts';
import { startFaultStage } from '../support/fault-stage.ts';
import { killAtRandom, klaviyoFaults, sendOver } from '../support/fault-storm.ts';
import { observeShop, readDeadLetters } from '../support/observed-shop.ts';
import { createRandom } from '../support/seeded-random.ts';

/** FAULTS_SEED makes the same jobs and throws the same dice, though never at quite the same moments. */
const seed = Number(process.env.FAULTS_SEED ?? Math.floor(Math.random() * 1_000_000_000));
const jobCount = Number(process.env.FAULTS_JOBS ?? 10_000);

const shops = Array.from({ length: 20 }, (_, index) => `shop${String(index).padStart(2, '0')}`);
const sendingMs = 15_000;
const stormMs = 75_000;
/** What a killed instance had leased is free after two minutes, and some consents wait two more. */
const drainingSeconds = 205;

/** How many calls were answered how; 0 stands for a connection that was reset. */
const byStatus = (calls: ReturnType<KlaviyoSimulator['calls']>) => {
  const counts: Record<number, number> = {};
  for (const { status, count } of calls) counts[status] = (counts[status] ?? 0) + count;
  return counts;
};

test('jobs end as if nothing had happened, though instances die, calls fail and messages repeat', async () => {
  console.log(`FAULTS_SEED=${seed} FAULTS_JOBS=${jobCount} repeats these jobs and faults`);
  const [jobs = []] = fc.sample(faultJobs(shops, jobCount / shops.length), {
    seed,
    numRuns: 1,
  });
  const dice = createRandom(seed);
  let isStormy = true;
  await using stage = await startFaultStage({
    ...{ shops, listNames, seed },
    timeoutSeconds: 25,
    maxConcurrency: 3,
    faults: {
      random: () => (isStormy ? dice() : 1),
      deliverTwice: 0.05,
      deliverOutOfOrder: 0.3,
      throttleDynamoDb: 0.05,
    },
  });
  const { aws, klaviyo, tally } = stage;
  const startedMs = Date.now();
  const seconds = () => Math.round((Date.now() - startedMs) / 1_000);
  klaviyo.setFaults(klaviyoFaults);
  const [kills] = await Promise.all([
    killAtRandom(stage, createRandom(seed + 1), startedMs),
    sendOver(stage, jobs, sendingMs),
  ]);
  await sleep(Math.max(0, startedMs + stormMs - Date.now()));
  const answersInStorm = byStatus(klaviyo.calls());
  isStormy = false;
  klaviyo.setFaults([]);
  const left = ['Customers/Queue', 'Lists/Queue', 'Events/Queue'].map(aws.queueDepth);
  console.log(`${kills} kills and ${klaviyo.countCalls()} calls in ${seconds()} s; left:`, ...left);
  await aws.idle({ timeoutSeconds: drainingSeconds });
  console.log(`${jobs.length} jobs and ${klaviyo.countCalls()} calls in ${seconds()} s`, {
    fates: tally.sums('Jobs', 'fate'),
    answersInStorm,
    errors: tally.errors.length,
  });

  const broken = jobs.flatMap(({ body, broken: reason }) =>
    reason === undefined ? [] : [[body, reason] as const],
  );
  expect(await readDeadLetters(stage)).toEqual(new Map(broken));
  expect(kills).toBeGreaterThan(5);
  for (const shop of shops) {
    const expected = stateAfter(jobs.filter((job) => job.shop === shop));
    const { eventCount, ...observed } = await observeShop(stage, shop, expected);
    expect.soft(differencesOf(observed, expected), shop).toEqual([]);
    expect.soft(eventCount, `events of ${shop}, each once`).toBe(expected.events.size);
  }
});
