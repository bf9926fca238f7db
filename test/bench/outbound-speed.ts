/** Jobs per second through the embedded host, beside a naive consumer on the same host. */
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
import {
  type OutboundStage,
  type OutboundStageOptions,
  type StageQueue,
  startOutboundStage,
} from './outbound-stage.ts';

/** So many accounts that no ledger of theirs binds. */
const accounts = 20;
const warmUp = 1_000;

const speedOf = async (
  stage: OutboundStage,
  queue: StageQueue,
  job: JobOf,
  count: number,
  among = 1,
): Promise<number> => {
  await stage.drain(queue, bodiesOf(job, warmUp, among, 1_000_000));
  const seconds = await stage.drain(queue, bodiesOf(job, count, among));
  const { refused } = await stage.klaviyo();
  if (refused > 0) throw new Error(`Klaviyo refused ${refused} calls`);
  printProgress(`${queue}: ${count} jobs in ${seconds} s`);
  return count / seconds;
};

const report = (what: string, value: number, peers: Record<string, number>) =>
  printFigure('outbound', {
    figure: `${what} through the embedded host`,
    value,
    unit: 'jobs/s',
    peers,
  });

const eventsOn = async (
  options: Omit<OutboundStageOptions, 'accounts'>,
  among: number,
  count = 15_000,
) => {
  await using stage = await startOutboundStage({ accounts: among, ...options });
  return await speedOf(stage, 'Events', eventJob, count, among);
};

export const reportSpeed = async (): Promise<void> => {
  {
    await using stage = await startOutboundStage({ accounts: 1, permits: 'free', batchSize: 100 });
    const events = await speedOf(stage, 'Events', eventJob, 15_000);
    const naiveEvents = await speedOf(stage, 'Naive', naiveEvent, 4_000);
    const customers = await speedOf(stage, 'Customers', customerJob(), 4_000);
    const naiveCustomers = await speedOf(stage, 'Naive', naiveCustomer, 4_000);
    const lists = await speedOf(stage, 'Lists', subscribeJob, 10_000);
    const naiveLists = await speedOf(stage, 'Naive', naiveSubscribe, 4_000);
    const newestRevision = { permits: 'free', revision: '2026-07-15' } as const;
    report('events, in batches of 100,', events, {
      'one call per job, each awaited': naiveEvents,
      'in batches of 1,000, as deployed': await eventsOn({ permits: 'free' }, 1),
      'at revision 2026-07-15, as deployed': await eventsOn(newestRevision, 1, 20_000),
      'as deployed, paced by the ledgers of 20 accounts': await eventsOn(
        { permits: 'ledgers' },
        accounts,
      ),
    });
    report('new customers', customers, { 'one call per job, each awaited': naiveCustomers });
    report('subscribes', lists, { 'one call per job, each awaited': naiveLists });
  }
};
