/**
 * `npm run bench -- poll`: what a whole account costs to load, and what a minute costs in which
 * nothing happens. The function runs in a process of its own, against stand-ins at real limits.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { tiers } from '../../shared/klaviyo/index.ts';
import { type Child, startChild } from './child-processes.ts';
import { type Figure, printFigure, printProgress } from './figure.ts';
import type { AwsAddresses, AwsOptions, KlaviyoOptions, RunReport } from './poll-contract.ts';

/**
 * V8 takes memory rather than collect garbage while there is plenty. Told to collect, it shows what
 * is really needed, at a cost in speed: which is measured without.
 */
const collecting = ['--optimize-for-size'];
/** The schedule's. */
const everyMs = 60_000;
const mebibyte = 1_048_576;
const profiles = 100_000;
const pages = profiles / 100;

const print = (figure: Figure) => printFigure('poll', figure);

interface Stage extends AsyncDisposable {
  run(): Promise<RunReport>;
  calls(): Promise<{ calls: number; refused: number }>;
}

interface StageOptions extends KlaviyoOptions {
  readonly startFrom: AwsOptions['startFrom'];
  /** Of the function's process. */
  readonly flags?: readonly string[];
}

const startStage = async ({ startFrom, flags = [], ...options }: StageOptions): Promise<Stage> => {
  const cleanup = new DisposableStack();
  const add = async <First>(
    file: string,
    settings: unknown,
    execArgv?: readonly string[],
  ): Promise<Child<First>> => cleanup.use(await startChild<First>(file, settings, execArgv));
  const klaviyo = await add<{ url: string }>('poll-klaviyo.ts', options);
  const aws = await add<AwsAddresses>('poll-aws.ts', {
    connections: options.accounts,
    klaviyoUrl: klaviyo.first.url,
    startFrom,
  } satisfies AwsOptions);
  const poll = await add('poll-function.ts', aws.first, flags);
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
const load = async (
  count: number,
  { latencyMs = 0, flags = [] }: { latencyMs?: number; flags?: readonly string[] } = {},
): Promise<Load> => {
  await using stage = await startStage({
    accounts: 1,
    profilesPerAccount: count,
    latencyMs,
    startFrom: 'beginning',
    flags,
  });
  const startedMs = performance.now();
  const reports: RunReport[] = [];
  for (let run = 0; ; run += 1) {
    await sleep(Math.max(0, run * everyMs - (performance.now() - startedMs)));
    const report = await stage.run();
    reports.push(report);
    const { published, finished } = report.summary;
    printProgress(`run ${run + 1}: ${published} of ${count} profiles published`);
    if (finished === 1) break;
  }
  const published = sum(reports.map(({ summary }) => summary.published));
  if (published !== count) throw new Error(`${published} of ${count} were published`);
  return {
    seconds: (performance.now() - startedMs) / 1_000,
    peakBytes: Math.max(...reports.map(({ peakBytes }) => peakBytes)),
    requests: added(reports),
    ...(await stage.calls()),
  };
};

const dynamodbRequests = (requests: Readonly<Record<string, number>>): number =>
  sum(Object.entries(requests).flatMap(([name, n]) => (name.startsWith('DynamoDB.') ? [n] : [])));

/** The time that the steady limit of the tier gives to so many calls. */
const tierSeconds = (calls: number): number => (calls / tiers.L.steady) * 60;

/** The same with the permits of a minute used as fast as the burst limit lets them. */
const leastSeconds = (calls: number): number =>
  60 * Math.floor(calls / tiers.L.steady) + (calls % tiers.L.steady) / tiers.L.burst;

const reportLoad = async () => {
  const large = await load(profiles);
  const slow = await load(5_000, { latencyMs: 150 });
  print({ figure: 'Klaviyo calls for 100,000 profiles', value: large.calls, unit: 'calls' });
  print({ figure: '429s for 100,000 profiles', value: large.refused, unit: 'calls' });
  print({
    figure: 'speed for 100,000 profiles',
    value: tierSeconds(large.calls) / large.seconds,
    unit: 'of the steady limit of tier L',
    peers: {
      seconds: large.seconds,
      'seconds at the steady limit': tierSeconds(large.calls),
      'seconds at least, a minute’s calls all at once': leastSeconds(large.calls),
      // One page leads to the next: where a call takes longer than the limit's 86 ms, it decides.
      'where each call takes 150 ms': tierSeconds(slow.calls) / slow.seconds,
    },
  });
  const perPage = Object.entries(large.requests).map(([name, n]) => [name, n / pages]);
  print({
    figure: 'DynamoDB requests per page of 100 profiles',
    value: dynamodbRequests(large.requests) / pages,
    unit: 'requests',
    peers: Object.fromEntries(perPage),
  });
};

const reportMemory = async () => {
  const small = await load(1_000, { flags: collecting });
  const large = await load(profiles, { flags: collecting });
  print({
    figure: 'peak memory for 100,000 profiles',
    value: (large.peakBytes - small.peakBytes) / mebibyte,
    unit: 'MiB above that for 1,000',
    peers: { 'MiB in all': large.peakBytes / mebibyte },
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
  await using stage = await startStage({
    accounts: connections,
    profilesPerAccount: 1,
    latencyMs: 50,
    startFrom: 'a minute ago',
  });
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
  await reportLoad();
  await reportMemory();
};
