/** Jobs per second through the embedded host, beside a naive consumer on the same host. */
import { loadavg } from 'node:os';
import { printFigure, printProgress } from './figure.ts';
import {
  bodiesOf,
  customerJob,
  eventJob,
  type JobOf,
  naiveCustomer,
  naiveEvent,
  naiveSubscribe,
  subscribeJob,
} from './outbound-jobs.ts';
import { type OutboundStage, type StageQueue, startOutboundStage } from './outbound-stage.ts';

const naivePeer = 'one call per job, each awaited';

interface Load {
  readonly queue: StageQueue;
  readonly job: JobOf;
  readonly count: number;
  readonly accounts?: readonly number[];
  /** Jobs that go first, unmeasured, so that instances run and their code is compiled. */
  readonly warmUp?: number;
}

/** Jobs per second. */
const speedOf = async (stage: OutboundStage, load: Load): Promise<number> => {
  const { queue, job, count, accounts = [0], warmUp = 1_000 } = load;
  if (warmUp > 0) await stage.drain(queue, bodiesOf(job, warmUp, { accounts, from: 1_000_000 }));
  const seconds = await stage.drain(queue, bodiesOf(job, count, { accounts }));
  const [busy = 0] = loadavg();
  printProgress(`${queue}: ${count} jobs in ${seconds} s, machine's load ${busy.toFixed(1)}`);
  return count / seconds;
};

/** @throws Error when Klaviyo has refused any call: then something else was measured. */
export const expectNoneRefused = async (stage: OutboundStage): Promise<void> => {
  const refused = await stage.countRefused();
  if (refused > 0) throw new Error(`Klaviyo refused ${refused} calls`);
};

const report = (what: string, value: number, peers: Record<string, number>) =>
  printFigure('outbound', {
    figure: `${what} through the embedded host`,
    value,
    unit: 'jobs/s',
    peers,
  });

const events: Load = { queue: 'Events', job: eventJob, count: 8_000 };
const naiveEvents: Load = { queue: 'Naive', job: naiveEvent, count: 3_000 };

/** The deployed functions as they are, but for permits that cost nothing and never wait. */
export const reportSpeed = async (): Promise<void> => {
  const accounts = [{}, { revision: '2026-07-15' }, { latencyMs: 100 }];
  await using stage = await startOutboundStage({ accounts, permits: 'free', batchSize: 100 });
  const measure = (load: Load) => speedOf(stage, load);
  report('events in batches of 100', await measure(events), {
    [naivePeer]: await measure(naiveEvents),
    'at revision 2026-07-15': await measure({ ...events, accounts: [1] }),
  });
  // A real Klaviyo is further away than a port of this machine.
  const far: Partial<Load> = { accounts: [2], warmUp: 0 };
  report(
    'events in batches of 100, each call 100 ms long,',
    await measure({ ...events, count: 4_000, ...far }),
    { [naivePeer]: await measure({ ...naiveEvents, count: 200, ...far }) },
  );
  report('new customers', await measure({ queue: 'Customers', job: customerJob(), count: 3_000 }), {
    [naivePeer]: await measure({ queue: 'Naive', job: naiveCustomer, count: 3_000 }),
  });
  report('subscribes', await measure({ queue: 'Lists', job: subscribeJob, count: 5_000 }), {
    [naivePeer]: await measure({ queue: 'Naive', job: naiveSubscribe, count: 3_000 }),
  });
  await expectNoneRefused(stage);
};

/** Exactly as deployed: the limits of so many accounts together leave room for every call. */
export const reportPaced = async (stage: OutboundStage, accounts: number): Promise<void> => {
  const all = Array.from({ length: accounts }, (_, account) => account);
  const value = await speedOf(stage, { ...events, accounts: all });
  report(`events of ${accounts} accounts as deployed, paced,`, value, {});
};
