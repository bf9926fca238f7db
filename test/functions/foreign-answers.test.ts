/** What functions make of answers that are not Klaviyo's, and of one that does not end. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Fault } from '../../local/klaviyo/faults.ts';
import { type KlaviyoSimulator, startKlaviyoSimulator } from '../../local/klaviyo/simulator.ts';
import { consumeQueue } from '../../shared/jobs/consume-queue.ts';
import { eventsQueue } from '../../shared/jobs/contract/queues.ts';
import { createDispose } from '../../shared/jobs/dispose-jobs.ts';
import { forceCollection } from '../support/forced-collection.ts';
import { createMemoryJobQueue } from '../support/memory-job-queue.ts';
import { createMemoryLog } from '../support/memory-log.ts';
import { contextWith, sqsEvent } from '../support/sqs-event.ts';
import { trackOf } from './events/event-jobs.ts';
import { createEventsConsumer } from './events/events-consumer.ts';
import { type ListsWorld, startListsWorld } from './lists/lists-consumer.ts';

let klaviyo: KlaviyoSimulator;
let lists: ListsWorld;
beforeAll(async () => {
  klaviyo = await startKlaviyoSimulator({
    accounts: [{ privateKeys: [{ key: 'pk_test' }] }],
    rateLimits: 'off',
  });
  lists = await startListsWorld({ account: { lists: [{ id: 'NEWS01', name: 'News' }] } });
  lists.links.email('ann@example.com', '01A');
});
afterAll(() => Promise.all([klaviyo.close(), lists[Symbol.asyncDispose]()]));

const pages: readonly Fault[] = [
  ...[200, 400, 401, 402, 403, 404, 405, 407, 409, 410, 418, 421, 422, 451].map(
    (status): Fault => ({ kind: 'page', status }),
  ),
  { kind: 'redirect', status: 307 },
];

const nameOf = (fault: Fault) => `${fault.kind} ${'status' in fault ? fault.status : ''}`;

describe.each(pages.map((fault) => [nameOf(fault), fault] as const))('%s', (_name, fault) => {
  test.each(['2023-10-15', '2026-07-15'])('fails no event for good, at %s', async (revision) => {
    klaviyo.setFaults([fault]);
    const { run } = createEventsConsumer({ apiUrl: klaviyo.url, settings: { revision } });
    expect(await run(trackOf('E1'))).toMatchObject([{ kind: 'retry' }]);
  });

  test('fails no list change for good', async () => {
    lists.klaviyo.setFaults([fault]);
    const person = { email: 'ann@example.com' };
    const change = { type: 'list.add', list: { id: 'NEWS01' }, person };
    expect(await lists.run(change)).toMatchObject([{ kind: 'retry' }]);
  });
});

test('one answer of which half comes holds up its batch for less than 15 seconds', async () => {
  using _ = forceCollection();
  klaviyo.setFaults([{ kind: 'half_body', times: 1 }]);
  const { handleJobs, connection } = createEventsConsumer({ apiUrl: klaviyo.url });
  const { queue, visibility, copies, deadLetters } = createMemoryJobQueue();
  const handler = consumeQueue(eventsQueue, {
    findConnection: async () => ({ kind: 'open', connection }),
    handleJobs,
    dispose: createDispose({ queue, ...createMemoryLog() }),
    flush: async () => {},
  });
  const bodies = Array.from({ length: 60 }, (__, index) => ({ body: trackOf(`S${index}`) }));
  const startedMs = Date.now();
  const { batchItemFailures } = await handler(sqsEvent(...bodies), contextWith());
  expect(Date.now() - startedMs).toBeLessThan(15_000);
  expect(batchItemFailures).toHaveLength(1);
  expect([visibility.size, copies.length, deadLetters.length]).toEqual([1, 0, 0]);
});
