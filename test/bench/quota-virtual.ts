/** The permits in virtual time: hours of calls in seconds, the real code over simulated services. */
import { type Tier, tiers } from '../../shared/klaviyo/index.ts';
import { createQuotaSimulation, type QuotaSimulation } from '../support/quota-simulation.ts';
import { createRandom } from '../support/seeded-random.ts';
import { printProgress } from './figure.ts';

export interface Throughput {
  readonly refused: number;
  /** Of the tier's steady limit. */
  readonly percent: number;
}

const batchSizes: Record<Tier, number> = { XS: 5, S: 20, M: 50, L: 100, XL: 250 };
const minuteMs = 60_000;

/** The long-run rate in percent of the limit: from the first call to the first after so many limits. */
const throughput = (simulation: QuotaSimulation, tier: Tier, limits: number): Throughput => {
  const { arrivalsMs, refusedMs } = simulation.klaviyoOf('account');
  const last = arrivalsMs[limits * tiers[tier].steady] ?? Infinity;
  const spentMs = last - (arrivalsMs[0] ?? 0);
  return { refused: refusedMs.length, percent: (100 * limits * minuteMs) / spentMs };
};

/** How many minutes' worth of calls are measured: the more, the fewer of them run in a process. */
const minutes: Record<Tier, number> = { XS: 300, S: 800, M: 200, L: 60, XL: 20 };

const backlog = async (tier: Tier, workers: number, crashRate: number): Promise<Throughput> => {
  const simulation = createQuotaSimulation({
    tier,
    workers,
    crashRate,
    seed: 1,
    batchSize: batchSizes[tier],
    batchingWindowMs: tier === 'XS' ? 0 : 1_000,
  });
  // Jobs of a crashed batch come back late: there are more of them than are measured.
  const jobs = tiers[tier].steady * Math.ceil(minutes[tier] * 1.3 + 3);
  for (let job = 0; job < jobs; job += 1) simulation.send('account');
  await simulation.time.run(simulation.time.nowMs() + (minutes[tier] * 1.1 + 2) * minuteMs);
  return throughput(simulation, tier, minutes[tier]);
};

/** All tiers under a backlog, by 1, 5 and 20 workers: the worst of them. */
export const measureTiers = async (crashRate: number): Promise<Throughput> => {
  const results: Throughput[] = [];
  for (const tier of ['XS', 'S', 'M', 'L', 'XL'] as const)
    for (const workers of [1, 5, 20]) {
      const result = await backlog(tier, workers, crashRate);
      const crashes = `${100 * crashRate} % crashes`;
      printProgress(
        `tier ${tier}, ${workers} workers, ${crashes}: ${result.percent.toFixed(2)} %, ${result.refused} × 429`,
      );
      results.push(result);
    }
  return {
    refused: results.reduce((sum, { refused }) => sum + refused, 0),
    percent: Math.min(...results.map(({ percent }) => percent)),
  };
};

/** 100,000 jobs at tier L, most of them deferred to their queue. */
export const measureReturns = async () => {
  const jobs = 100_000;
  const simulation = createQuotaSimulation({
    tier: 'L',
    workers: 2,
    seed: 1,
    batchSize: batchSizes.L,
    batchingWindowMs: 1_000,
  });
  for (let job = 0; job < jobs; job += 1) simulation.send('account');
  await simulation.time.run();
  const { receives, table } = simulation;
  return {
    ...throughput(simulation, 'L', Math.floor((jobs - 1) / tiers.L.steady)),
    meanReceives: receives.total / receives.jobs,
    mostReceives: receives.most,
    writesPerCall: table.asked.writes / jobs,
  };
};

/** 1,000 connections on one queue, each with a job now and then; one gets 50,000 at once. */
export const measureNeighbours = async () => {
  const waitsMs: number[] = [];
  const simulation = createQuotaSimulation({
    tier: 'L',
    workers: 10,
    seed: 1,
    batchSize: batchSizes.L,
    batchingWindowMs: 1_000,
    maxPermitWaitMs: 5_000,
    onDone: ({ group, sentMs }, doneMs) => {
      if (group !== 'busy') waitsMs.push(doneMs - sentMs);
    },
  });
  const { time, send } = simulation;
  const random = createRandom(1);
  const endMs = time.nowMs() + 5 * minuteMs;
  const now = (group: string): void => {
    send(group);
    if (time.nowMs() < endMs) time.after(random() * minuteMs, () => now(group));
  };
  for (let neighbour = 1; neighbour < 1_000; neighbour += 1)
    time.after(random() * minuteMs, () => now(`neighbour ${neighbour}`));
  time.after(minuteMs, () => {
    for (let job = 0; job < 50_000; job += 1) send('busy');
  });
  await time.run(endMs + minuteMs);
  waitsMs.sort((a, b) => a - b);
  return { p99Ms: waitsMs[Math.floor(waitsMs.length * 0.99)] ?? Infinity };
};
