/**
 * One consumer of a fleet, in a process of its own: works off its jobs batch by batch, and those
 * that were sent away when their time has come. Started by fleet.ts.
 */

import { createScaledClock } from '../support/scaled-clock.ts';
import type { WorkerOptions, WorkerReport } from './fleet-contract.ts';
import { createPacing, maxPermitWaitOf } from './pacings.ts';

interface Job {
  readonly dueMs: number;
  readonly isReturning: boolean;
}

const options: WorkerOptions = JSON.parse(process.argv[2] ?? '{}');
const { nowMs, after } = createScaledClock(options.time);
const sleep = (ms: number): Promise<void> => new Promise((resolve) => after(ms, resolve));

/** For libraries that know no other clock than the machine's: theirs is as fast. */
const speedUp = (): void => {
  const { setTimeout: slow } = globalThis;
  Date.now = nowMs;
  globalThis.setTimeout = ((task: () => void, delayMs = 0, ...rest: []) =>
    slow(task, delayMs / options.time.scale, ...rest)) as typeof setTimeout;
};
if (options.pacing !== 'ledger') speedUp();

const pacing = createPacing[options.pacing](options);

/** One call, and the job that is left if it was sent away: due so long after that moment. */
const attempt = async ({ isReturning }: Job, notAfterMs: number): Promise<Job[]> => {
  const waitMs = await pacing.call(isReturning, notAfterMs);
  return waitMs === undefined ? [] : [{ dueMs: nowMs() + waitMs, isReturning: true }];
};

const work = async (batch: readonly Job[]): Promise<Job[]> => {
  const notAfterMs = nowMs() + maxPermitWaitOf(options);
  const left = await Promise.all(batch.map((job) => attempt(job, notAfterMs)));
  await pacing.endBatch();
  return left.flat();
};

const run = async (): Promise<void> => {
  let jobs: Job[] = Array.from({ length: options.jobs }, () => ({ dueMs: 0, isReturning: false }));
  while (jobs.length > 0) {
    jobs.sort((a, b) => a.dueMs - b.dueMs);
    const [next] = jobs;
    if (next && next.dueMs > nowMs()) await sleep(next.dueMs - nowMs());
    const due = jobs.filter(({ dueMs }) => dueMs <= nowMs()).slice(0, options.batchSize);
    jobs = [...jobs.slice(due.length), ...(await work(due))];
  }
};

/** Opens connections and lets the compiler see the code, so that the first calls are as any. */
const warmUp = async (): Promise<void> => {
  for (let round = 0; round < 10; round += 1)
    await Promise.all(
      Array.from({ length: 20 }, async () => (await fetch(options.klaviyoUrl)).arrayBuffer()),
    );
};

process.on('disconnect', () => process.exit());
process.once('message', () => {
  void run().then(() => {
    const report: WorkerReport = { writes: pacing.writes() };
    process.send?.(report);
  });
});
await warmUp();
process.send?.('ready');
