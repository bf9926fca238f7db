/** Real processes that share one account: workers, a DynamoDB, and a server with both windows. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { type Tier, tiers } from '../../shared/klaviyo/index.ts';
import { realNowMs } from '../support/scaled-clock.ts';
import type {
  LimitedServerOptions,
  LimitedServerReport,
  PacingName,
  WorkerOptions,
  WorkerReport,
} from './fleet-contract.ts';

export interface FleetOptions {
  readonly pacing: PacingName;
  readonly tier: Tier;
  readonly alignment: 'epoch' | 'first-request';
  readonly processes: number;
  readonly jobs: number;
  readonly batchSize: number;
  /** How much faster than real time. */
  readonly scale: number;
}

export interface FleetResult extends LimitedServerReport {
  /** From the first accepted call to the last, in the fleet's time. */
  readonly durationMs: number;
  readonly writes: number;
}

const tableNames: Record<PacingName, string> = {
  ledger: 'quotas',
  'rate-limiter-flexible': 'rate-limits',
  'klaviyo-api': 'none',
};

const start = (file: string, options: unknown): ChildProcess =>
  fork(fileURLToPath(new URL(file, import.meta.url)), [JSON.stringify(options)]);

/** What the process says next. @throws Error when it ends instead. */
const next = async <T>(child: ChildProcess): Promise<T> => {
  const ended = once(child, 'exit').then(() => {
    throw new Error('a process of the fleet has died');
  });
  const [message] = await Promise.race([once(child, 'message'), ended]);
  return message;
};

const ask = async <T>(child: ChildProcess): Promise<T> => {
  const answer = next<T>(child);
  child.send('go');
  return answer;
};

/** Lets a fleet work off its jobs. */
export const runFleet = async (options: FleetOptions): Promise<FleetResult> => {
  const { pacing, tier, alignment, scale, processes, jobs, batchSize } = options;
  const children: ChildProcess[] = [];
  const spawn = (file: string, settings: unknown): ChildProcess => {
    const child = start(file, settings);
    children.push(child);
    return child;
  };
  try {
    const server = spawn('fleet-server.ts', {
      limit: tiers[tier],
      alignment,
      scale,
    } satisfies LimitedServerOptions);
    const dynamodb = spawn('fleet-dynamodb.ts', {});
    const [{ url: klaviyoUrl }, { url: dynamodbUrl }] = await Promise.all([
      next<{ url: string }>(server),
      next<{ url: string }>(dynamodb),
    ]);
    const time = { scale, originMs: realNowMs() };
    const workers = Array.from({ length: processes }, () =>
      spawn('fleet-worker.ts', {
        pacing,
        tier,
        dynamodbUrl,
        klaviyoUrl,
        tableName: tableNames[pacing],
        jobs: jobs / processes,
        batchSize,
        time,
      } satisfies WorkerOptions),
    );
    await Promise.all(workers.map((worker) => next(worker)));
    const reports = await Promise.all(workers.map((worker) => ask<WorkerReport>(worker)));
    const report = await ask<LimitedServerReport>(server);
    const { acceptedMs } = report;
    return {
      ...report,
      durationMs: ((acceptedMs.at(-1) ?? 0) - (acceptedMs[0] ?? 0)) * scale,
      writes: reports.reduce((sum, { writes }) => sum + writes, 0),
    };
  } finally {
    for (const child of children) if (child.connected) child.disconnect();
  }
};
