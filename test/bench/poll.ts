/**
 * `npm run bench -- poll`: what a whole account costs to load, and what a minute costs in which
 * nothing happens. The function runs in a process of its own, against stand-ins at real limits.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { tiers } from '../../shared/klaviyo/index.ts';
import { type Child, startChild } from './child-processes.ts';
import { type Figure, printFigure, printProgress } from './figure.ts';
import type { AwsAddresses, AwsOptions, KlaviyoOptions, RunReport } from './poll-contract.ts';

/** Of one call of the simulated Klaviyo. */
const latencyMs = 50;
/** The schedule's. */
const everyMs = 60_000;
const mebibyte = 1_048_576;

const print = (figure: Figure) => printFigure('poll', figure);

interface Stage extends AsyncDisposable {
  run(): Promise<RunReport>;
  calls(): Promise<{ calls: number; refused: number }>;
}

const startStage = async (
  klaviyoOptions: KlaviyoOptions,
  startFrom: AwsOptions['startFrom'],
): Promise<Stage> => {
  const cleanup = new DisposableStack();
  const add = async <First>(file: string, options: unknown): Promise<Child<First>> =>
    cleanup.use(await startChild<First>(file, options));
  const klaviyo = await add<{ url: string }>('poll-klaviyo.ts', klaviyoOptions);
  const aws = await add<AwsAddresses>('poll-aws.ts', {
    connections: klaviyoOptions.accounts,
    klaviyoUrl: klaviyo.first.url,
    startFrom,
  } satisfies AwsOptions);
  const poll = await add('poll-function.ts', aws.first);
  return {
    run: () => poll.ask<RunReport>(),
    calls: () => klaviyo.ask<{ calls: number; refused: number }>(),
    [Symbol.asyncDispose]: async () => cleanup.dispose(),
  };
};

interface Load {
  readonly seconds: number;
  readonly peakBytes: number;
  readonly calls: number;
  readonly refused: number;
  readonly requests: Readonly<Record<string, number>>;
}

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

const added = (reports: readonly RunReport[]): Record<string, number> => {
  const names = new Set(reports.flatMap(({ requests }) => Object.keys(requests)));
  return Object.fromEntries(
    [...names].map((name) => [name, sum(reports.map(({ requests }) => requests[name] ?? 0))]),
  );
};

/** Loads a whole account, on the schedule, over as many runs as it takes. */
const load = async (profiles: number): Promise<Load> => {
  await using stage = await startStage(
    { accounts: 1, profilesPerAccount: profiles, latencyMs },
    'beginning',
  );
  const startedMs = performance.now();
  const reports: RunReport[] = [];
  for (let run = 0; ; run += 1) {
    await sleep(Math.max(0, run * everyMs - (performance.now() - startedMs)));
    const report = await stage.run();
    reports.push(report);
    const { published, finished } = report.summary;
    printProgress(`run ${run + 1}: ${published} of ${profiles} profiles published`);
    if (finished === 1) break;
  }
  const published = sum(reports.map(({ summary }) => summary.published));
  if (published !== profiles) throw new Error(`${published} of ${profiles} were published`);
  return {
    seconds: (performance.now() - startedMs) / 1_000,
    peakBytes: Math.max(...reports.map(({ peakBytes }) => peakBytes)),
    requests: added(reports),
    ...(await stage.calls()),
  };
};

const dynamodbRequests = (requests: Readonly<Record<string, number>>): number =>
  sum(Object.entries(requests).flatMap(([name, n]) => (name.startsWith('DynamoDB.') ? [n] : [])));

const reportLoads = async () => {
  const profiles = 100_000;
  const small = await load(1_000);
  const large = await load(profiles);
  const pages = profiles / 100;
  const tierSeconds = (large.calls / tiers.L.steady) * 60;
  print({ figure: 'Klaviyo calls for 100,000 profiles', value: large.calls, unit: 'calls' });
  print({ figure: '429s for 100,000 profiles', value: large.refused, unit: 'calls' });
  print({
    figure: 'speed for 100,000 profiles',
    value: tierSeconds / large.seconds,
    unit: 'of the steady limit of tier L',
    peers: { seconds: large.seconds, 'seconds at the steady limit': tierSeconds },
  });
  print({
    figure: 'peak memory for 100,000 profiles',
    value: (large.peakBytes - small.peakBytes) / mebibyte,
    unit: 'MiB above that for 1,000',
    peers: { 'MiB in all': large.peakBytes / mebibyte },
  });
  print({
    figure: 'DynamoDB requests per page of 100 profiles',
    value: dynamodbRequests(large.requests) / pages,
    unit: 'requests',
    peers: Object.fromEntries(
      Object.entries(large.requests).map(([name, n]) => [`${name} per page`, n / pages]),
    ),
  });
};

/** US dollars, us-east-1, on demand, 2026: per read unit, write unit, and GB-second on arm64. */
const price = { read: 0.125e-6, write: 0.625e-6, gbSecond: 1.33334e-5, secretCall: 5e-6 };
const memoryGb = 0.5;
const runsPerMonth = 43_200;

const costPerMonth = ({ requests, durationMs }: RunReport): number => {
  const of = (name: string) => requests[`DynamoDB.${name}`] ?? 0;
  const reads = of('GetItem') + of('Scan') * 128; // a megabyte, eventually consistent
  const writes = of('UpdateItem') + of('PutItem');
  const secrets = requests['secretsmanager.GetSecretValue'] ?? 0;
  return (
    runsPerMonth *
    (reads * price.read +
      writes * price.write +
      secrets * price.secretCall +
      (durationMs / 1_000) * memoryGb * price.gbSecond)
  );
};

const reportIdle = async () => {
  const connections = 1_000;
  const options = { accounts: connections, profilesPerAccount: 1, latencyMs };
  await using stage = await startStage(options, 'a minute ago');
  const cold = await stage.run();
  const before = await stage.calls();
  printProgress(`cold: ${cold.summary.finished} idle connections in ${cold.durationMs} ms`);
  const warm = await stage.run();
  const { calls } = await stage.calls();
  if (warm.summary.finished !== connections) throw new Error('some connections were not scanned');
  print({
    figure: 'one minute of 1,000 idle connections',
    value: warm.durationMs / 1_000,
    unit: 's',
    peers: { 'in a new instance': cold.durationMs / 1_000 },
  });
  print({
    figure: 'Klaviyo calls in one minute of 1,000 idle connections',
    value: calls - before.calls,
    unit: 'calls',
  });
  print({
    figure: 'DynamoDB requests in one minute of 1,000 idle connections',
    value: dynamodbRequests(warm.requests),
    unit: 'requests',
    peers: warm.requests,
  });
  print({
    figure: 'cost of 1,000 idle connections',
    value: costPerMonth(warm),
    unit: 'US dollars a month',
    peers: { 'if every run were in a new instance': costPerMonth(cold) },
  });
};

export const run = async (): Promise<void> => {
  await reportIdle();
  await reportLoads();
};
