/** Sends jobs through a stage in bad weather, lets it clear up, and compares what is left with a model. */
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { expect } from 'vitest';
import type { LocalAwsFaults } from '../../local/aws/faults.ts';
import type { KlaviyoSimulator } from '../../local/klaviyo/simulator.ts';
import { faultJobs, listNames } from './fault-jobs.ts';
import { differencesOf, stateAfter } from './fault-model.ts';
import { liveInKlaviyo, sequelsOf } from './fault-sequels.ts';
import { type ByOAuth, startFaultStage } from './fault-stage.ts';
import { type Kill, klaviyoFaults, sendOver } from './fault-storm.ts';
import { observeShop, readDeadLetters } from './observed-shop.ts';
import { createRandom } from './seeded-random.ts';

export interface FaultRunOptions {
  readonly shopCount: number;
  readonly jobCount: number;
  /** The same jobs and the same dice, though never thrown at quite the same moments. */
  readonly seed: number;
  readonly faults: Omit<LocalAwsFaults, 'random'>;
  readonly kill: Kill;
  readonly oauth?: ByOAuth;
}

/** The same jobs and dice at every run; others by `FAULTS_SEED`. */
export const seedOf = (): number => Number(process.env.FAULTS_SEED ?? 1);

const sendingMs = 15_000;
const stormMs = 75_000;
/** On a machine with too much to do the storm goes on until it has met so many calls. */
const stormCalls = 200;
/**
 * Of what hangs, not of what is slow. What a killed instance had leased is free after two minutes, and
 * some consents wait two more.
 */
const givesUpAfterMs = 540_000;

/** How many calls were answered how; 0 stands for a connection that was reset. */
const byStatus = (calls: ReturnType<KlaviyoSimulator['calls']>) => {
  const counts: Record<number, number> = {};
  for (const { status, count } of calls) counts[status] = (counts[status] ?? 0) + count;
  return counts;
};

/** Every job ends as if nothing had happened: in its dead letter where it is broken, once otherwise. */
export const surviveFaults = async (options: FaultRunOptions): Promise<void> => {
  const { shopCount, jobCount, seed, oauth } = options;
  const untilMs = Date.now() + givesUpAfterMs;
  console.log(`FAULTS_SEED=${seed} FAULTS_JOBS=${jobCount} repeats these jobs and faults`);
  const numbers = Array.from({ length: shopCount }, (_, index) => String(index).padStart(2, '0'));
  const shops = numbers.map((number) => `shop${number}`);
  const [mixed = []] = fc.sample(faultJobs(shops, jobCount / shops.length), {
    seed,
    numRuns: 1,
  });
  const sequels = sequelsOf(shops);
  const dice = createRandom(seed);
  let isStormy = true;
  await using stage = await startFaultStage({
    ...{ shops, listNames, seed, oauth },
    // On a machine with too much to do too, a batch has to end in it.
    timeoutSeconds: 40,
    maxConcurrency: 3,
    faults: { ...options.faults, random: () => (isStormy ? dice() : 1) },
  });
  const { aws, klaviyo, tally } = stage;
  const startedMs = Date.now();
  const seconds = () => Math.round((Date.now() - startedMs) / 1_000);
  klaviyo.setFaults(klaviyoFaults);
  const fate = createRandom(seed + 2);
  const lives = liveInKlaviyo(stage, sequels, {
    mayHappen: () => !isStormy || fate() < 0.2,
    untilMs,
  });
  const [kills] = await Promise.all([
    options.kill(stage, createRandom(seed + 1), startedMs),
    sendOver(stage, mixed, sendingMs),
  ]);
  while (
    Date.now() < untilMs &&
    (Date.now() < startedMs + stormMs || klaviyo.countCalls() < stormCalls)
  )
    await sleep(250);
  const answersInStorm = byStatus(klaviyo.calls());
  isStormy = false;
  klaviyo.setFaults([]);
  const left = ['Customers/Queue', 'Lists/Queue', 'Events/Queue'].map(aws.queueDepth);
  console.log(`${kills} kills and ${klaviyo.countCalls()} calls in ${seconds()} s; left:`, ...left);
  const drain = () => aws.idle({ timeoutSeconds: (untilMs - Date.now()) / 1_000 });
  // Whose jobs the storm has held up lives on in the calm.
  await lives;
  await drain();
  const atLast = sequels.flatMap((sequel) => sequel.atLast ?? []);
  await sendOver(stage, atLast, 0);
  await drain();
  const jobs = [...mixed, ...sequels.map(({ atOnce }) => atOnce), ...atLast];
  console.log(`${jobs.length} jobs and ${klaviyo.countCalls()} calls in ${seconds()} s`, {
    outcomes: tally.sums('Jobs', 'outcome'),
    answersInStorm,
    errors: tally.errors.length,
    timeouts: Object.values(aws.functions()).reduce((sum, one) => sum + one.timeouts, 0),
  });

  const broken = jobs.flatMap(({ body, broken: reason }) =>
    reason === undefined ? [] : [[body, reason] as const],
  );
  expect(await readDeadLetters(stage)).toEqual(new Map(broken));
  expect(kills).toBeGreaterThan(5);
  const hits = Object.entries(answersInStorm).filter(([status]) => !status.startsWith('2'));
  expect(hits.length, 'ways in which calls failed').toBeGreaterThan(3);
  const renewals = klaviyo.countCalls({ endpoint: 'POST /oauth/token' }) - (oauth?.shopCount ?? 0);
  if (oauth !== undefined) expect(renewals, 'renewed tokens').toBeGreaterThan(oauth.shopCount);
  for (const shop of shops) {
    const expected = stateAfter(
      jobs.filter((job) => job.shop === shop),
      sequels.filter((sequel) => sequel.shop === shop),
    );
    const { eventCount, ...observed } = await observeShop(stage, shop, expected);
    expect.soft(differencesOf(observed, expected), shop).toEqual([]);
    expect.soft(eventCount, `events of ${shop}, each once`).toBe(expected.events.size);
  }
};
