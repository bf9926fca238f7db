/**
 * A backlog of jobs, worked off by the real permits in virtual time: a fair queue, Lambdas that
 * may crash, a database and a Klaviyo with latency.
 */
import type { RateWindowsOptions } from '../../local/klaviyo/rate-windows.ts';
import {
  KlaviyoRateLimitError,
  type Permits,
  type Tier,
  tiers,
} from '../../shared/klaviyo/index.ts';
import { createPermits } from '../../shared/pacing/create-permits.ts';
import { maxPermitWaitMs } from '../../shared/pacing/pace.ts';
import { createMemoryQuotaTable, openMemoryQuotaStore } from './memory-quota-store.ts';
import { createLatency, createRandom } from './seeded-random.ts';
import { createVirtualKlaviyo, type VirtualKlaviyo } from './virtual-klaviyo.ts';
import { createVirtualQueue, type QueuedJob } from './virtual-queue.ts';
import { createVirtualTime, type VirtualProcess, type VirtualTime } from './virtual-time.ts';

export interface QuotaSimulationOptions {
  readonly tier: Tier;
  readonly workers: number;
  readonly seed: number;
  readonly batchSize: number;
  /** @default 0 */
  readonly batchingWindowMs?: number;
  /** @default 120 ms, one in 100 above 600 ms */
  readonly latency?: { readonly medianMs: number; readonly p99Ms: number };
  /** The part of the batches in which the process dies, a permit in hand. @default 0 */
  readonly crashRate?: number;
  /** Clocks are wrong by up to this. @default 0 */
  readonly clockErrorMs?: number;
  /** The subscriber's throttle. @default 1 */
  readonly share?: number;
  /** The longest wait for a permit. @default the tier's */
  readonly maxPermitWaitMs?: number;
  /** @default windows at multiples of their length, refused calls count */
  readonly windows?: Partial<RateWindowsOptions>;
  /** A job is done. */
  readonly onDone?: (job: QueuedJob, doneMs: number) => void;
}

export interface QuotaSimulation {
  readonly time: VirtualTime;
  send(group: string): void;
  /** One Klaviyo for each group, as each has an account of its own. */
  klaviyoOf(group: string): VirtualKlaviyo;
  readonly table: ReturnType<typeof createMemoryQuotaTable>;
  readonly receives: { total: number; most: number; jobs: number };
}

interface Environment {
  readonly process: VirtualProcess;
  readonly permits: Permits;
}

export const createQuotaSimulation = (options: QuotaSimulationOptions): QuotaSimulation => {
  const { tier, crashRate = 0, clockErrorMs = 0, share = 1, seed } = options;
  const { medianMs, p99Ms } = options.latency ?? { medianMs: 120, p99Ms: 600 };
  const random = createRandom(seed);
  const latencyMs = createLatency(random, medianMs, p99Ms);
  const databaseMs = createLatency(random, 3, 10);
  const time = createVirtualTime();
  const table = createMemoryQuotaTable();
  const receives = { total: 0, most: 0, jobs: 0 };
  const klaviyos = new Map<string, VirtualKlaviyo>();
  const permitWaitMs = options.maxPermitWaitMs ?? maxPermitWaitMs[tier];

  const klaviyoOf = (group: string): VirtualKlaviyo => {
    const known = klaviyos.get(group);
    if (known) return known;
    const windows = { alignment: 'epoch', countRejected: true, ...options.windows } as const;
    const klaviyo = createVirtualKlaviyo(time, { limit: tiers[tier], ...windows });
    klaviyos.set(group, klaviyo);
    return klaviyo;
  };

  const boot = (): Environment => {
    const process = time.process(Math.round((2 * random() - 1) * clockErrorMs));
    const store = openMemoryQuotaStore(table, () => process.sleep(databaseMs()));
    return { process, permits: createPermits({ store, clock: process.clock, random }) };
  };
  const environments: Environment[] = Array.from({ length: options.workers }, boot);

  /** When the job is to come back; undefined: it is done. */
  const work = async (
    { process, permits }: Environment,
    job: QueuedJob,
    notAfterMs: number,
    onPermit: () => void,
  ) => {
    try {
      const permit = await permits.take({
        quotaScope: job.group,
        endpoint: 'POST /api/events',
        tier,
        throttle: { share },
        notAfterMs,
        returning: job.receives > 1,
      });
      onPermit();
      const outcome = await klaviyoOf(job.group).call(process, latencyMs());
      permit.report(outcome);
      if (outcome.kind === 'throttled') return time.nowMs() + outcome.retryAfterMs;
      if (outcome.kind !== 'answered') return time.nowMs() + 10_000;
    } catch (error) {
      if (error instanceof KlaviyoRateLimitError) return time.nowMs() + error.retryAfterMs;
      throw error;
    }
    receives.total += job.receives;
    receives.most = Math.max(receives.most, job.receives);
    receives.jobs += 1;
    options.onDone?.(job, time.nowMs());
    return undefined;
  };

  const handle = (jobs: readonly QueuedJob[], index: number): Promise<Map<QueuedJob, number>> =>
    new Promise((resolve, reject) => {
      const environment = environments[index] as Environment;
      const { clock } = environment.process;
      let permitsToDeath = random() < crashRate ? Math.ceil(random() * jobs.length) : Infinity;
      const onPermit = (): void => {
        permitsToDeath -= 1;
        if (permitsToDeath > 0) return;
        environment.process.kill();
        environments[index] = boot();
        reject(new Error('crashed'));
      };
      const notAfterMs = clock.nowMs() + permitWaitMs;
      void Promise.all(jobs.map((job) => work(environment, job, notAfterMs, onPermit)))
        .then(async (dueMs) => {
          await environment.permits.flush();
          const back = new Map<QueuedJob, number>();
          dueMs.forEach((atMs, i) => {
            if (atMs !== undefined) back.set(jobs[i] as QueuedJob, atMs);
          });
          resolve(back);
        })
        .catch(reject);
    });

  const queue = createVirtualQueue(time, {
    batchSize: options.batchSize,
    batchingWindowMs: options.batchingWindowMs ?? 0,
    maxConcurrency: options.workers,
    handle,
  });
  return { time, send: queue.send, klaviyoOf, table, receives };
};

/** The most arrivals in any interval of the length. */
export const mostWithin = (arrivalsMs: readonly number[], lengthMs: number): number => {
  let first = 0;
  let most = 0;
  arrivalsMs.forEach((atMs, last) => {
    while ((arrivalsMs[first] ?? 0) <= atMs - lengthMs) first += 1;
    most = Math.max(most, last - first + 1);
  });
  return most;
};
