/**
 * Pacing: real processes against a server with Klaviyo's windows, beside two alternatives, and the
 * same code in virtual time. Takes about five minutes.
 */
import { type Tier, tiers } from '../../shared/klaviyo/index.ts';
import { printFigure, printProgress } from './figure.ts';
import { type FleetResult, runFleet } from './fleet.ts';
import type { PacingName } from './fleet-contract.ts';
import { measureNeighbours, measureReturns, measureTiers } from './quota-virtual.ts';

const tier: Tier = 'L';
const jobs = 3_000;
const alignments = ['epoch', 'first-request'] as const;

/** The least time for so many calls, as no interval of a minute may hold more than the limit. */
const boundMs = (): number => {
  const { burst, steady } = tiers[tier];
  const fullMinutes = Math.ceil(jobs / steady) - 1;
  return (fullMinutes * 60 + (jobs - fullMinutes * steady) / burst) * 1_000;
};

const print = (
  figure: string,
  unit: string,
  value: number,
  peers: Record<string, number> = {},
): void => printFigure('quota', { figure, value, unit, peers });

/** One way of pacing under both alignments of the windows: the worse of the two. */
const measureFleet = async (pacing: PacingName) => {
  const results: FleetResult[] = [];
  for (const alignment of alignments) {
    const options = { pacing, tier, alignment, processes: 4, jobs, batchSize: 100, scale: 10 };
    const result = await runFleet(options);
    const { refusedMs, durationMs, writes } = result;
    const seconds = (durationMs / 1_000).toFixed(1);
    printProgress(
      `${pacing}, windows ${alignment}: ${seconds} s, ${refusedMs.length} × 429, ${writes} writes`,
    );
    results.push(result);
  }
  const worst = (measure: (result: FleetResult) => number) => Math.max(...results.map(measure));
  return {
    refused: worst(({ refusedMs }) => refusedMs.length),
    overBound: worst(({ durationMs }) => 100 * (durationMs / boundMs() - 1)),
    writes: worst(({ writes }) => writes / jobs),
  };
};

const printFleets = async (): Promise<void> => {
  const ours = await measureFleet('ledger');
  const limiter = await measureFleet('rate-limiter-flexible');
  const sdk = await measureFleet('klaviyo-api');
  const beside = (measure: (fleet: typeof ours) => number) => ({
    'rate-limiter-flexible': measure(limiter),
    'klaviyo-api': measure(sdk),
  });
  const what = `${jobs} calls at tier ${tier} by 4 processes`;
  print(
    `${what}: refused`,
    '429s',
    ours.refused,
    beside(({ refused }) => refused),
  );
  print(
    `${what}: time over the bound`,
    '%',
    ours.overBound,
    beside(({ overBound }) => overBound),
  );
  print(
    `${what}: DynamoDB writes per call`,
    'writes',
    ours.writes,
    beside(({ writes }) => writes),
  );
};

const printTiers = async (): Promise<void> => {
  const what = 'all tiers by 1, 5 and 20 workers in virtual time';
  const calm = await measureTiers(0);
  const crashing = await measureTiers(0.05);
  print(`${what}: refused`, '429s', calm.refused + crashing.refused);
  print(`${what}: least throughput`, '% of the limit', calm.percent);
  print(`${what}: least throughput with 5 % crashes`, '% of the limit', crashing.percent);
};

const printQueues = async (): Promise<void> => {
  const returns = await measureReturns();
  printProgress(`returns: ${JSON.stringify(returns)}`);
  const what = '100,000 jobs at tier L through returns';
  print(`${what}: receives per job`, 'receives', returns.meanReceives);
  print(`${what}: throughput`, '% of the limit', returns.percent);
  const { p99Ms } = await measureNeighbours();
  print('1,000 connections, one with 50,000 jobs: p99 of the others', 's', p99Ms / 1_000);
};

export const run = async (): Promise<void> => {
  await printFleets();
  await printTiers();
  await printQueues();
};
