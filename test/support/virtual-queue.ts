/** A fair SQS queue and its Lambda pollers in virtual time, as far as waiting goes. */
import type { VirtualTime } from './virtual-time.ts';

export interface QueuedJob {
  readonly group: string;
  readonly sentMs: number;
  receives: number;
}

export interface VirtualQueueOptions {
  readonly batchSize: number;
  readonly batchingWindowMs: number;
  readonly maxConcurrency: number;
  /** Handles a batch in one of the environments; the jobs that come back, and when. */
  readonly handle: (
    jobs: readonly QueuedJob[],
    environment: number,
  ) => Promise<Map<QueuedJob, number>>;
}

export interface VirtualQueue {
  send(group: string): void;
}

const visibilityMs = 360_000;
const receiveMs = 10;
const gatherMs = 50;

/** Messages that can be received, those of groups with few messages in flight first. */
const createReady = () => {
  const groups = new Map<string, QueuedJob[]>();
  const inFlight = new Map<string, number>();
  const change = (group: string, by: number): void => {
    inFlight.set(group, (inFlight.get(group) ?? 0) + by);
  };
  return {
    add: (job: QueuedJob): void => {
      const jobs = groups.get(job.group);
      if (jobs) jobs.push(job);
      else groups.set(job.group, [job]);
    },
    landed: (job: QueuedJob): void => change(job.group, -1),
    isEmpty: (): boolean => groups.size === 0,
    take: (most: number): QueuedJob[] => {
      const order = [...groups.keys()].sort(
        (a, b) => (inFlight.get(a) ?? 0) - (inFlight.get(b) ?? 0),
      );
      const taken: QueuedJob[] = [];
      for (const group of order) {
        const jobs = groups.get(group) ?? [];
        const some = jobs.splice(0, most - taken.length);
        if (jobs.length === 0) groups.delete(group);
        change(group, some.length);
        taken.push(...some);
        if (taken.length === most) break;
      }
      for (const job of taken) job.receives += 1;
      return taken;
    },
  };
};

export const createVirtualQueue = (
  time: VirtualTime,
  { batchSize, batchingWindowMs, maxConcurrency, handle }: VirtualQueueOptions,
): VirtualQueue => {
  const ready = createReady();
  const poller = time.process();
  const idle = Array.from({ length: maxConcurrency }, (_, environment) => environment);

  const makeReady = (job: QueuedJob): void => {
    ready.add(job);
    const environment = idle.shift();
    if (environment !== undefined) void poll(environment);
  };

  const gather = async (): Promise<QueuedJob[]> => {
    const untilMs = time.nowMs() + batchingWindowMs;
    await poller.sleep(receiveMs);
    const jobs = ready.take(batchSize);
    while (jobs.length < batchSize && time.nowMs() < untilMs) {
      await poller.sleep(gatherMs);
      jobs.push(...ready.take(batchSize - jobs.length));
    }
    return jobs;
  };

  const poll = async (environment: number): Promise<void> => {
    while (!ready.isEmpty()) {
      const jobs = await gather();
      const back = await handle(jobs, environment).catch(
        () => new Map(jobs.map((job) => [job, time.nowMs() + visibilityMs])),
      );
      for (const job of jobs) {
        const dueMs = back.get(job);
        if (dueMs === undefined) ready.landed(job);
        else
          time.after(Math.ceil((dueMs - time.nowMs()) / 1_000) * 1_000, () => {
            ready.landed(job);
            makeReady(job);
          });
      }
    }
    idle.push(environment);
  };

  return {
    send: (group) => makeReady({ group, sentMs: time.nowMs(), receives: 0 }),
  };
};
