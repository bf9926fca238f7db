/**
 * What passes a job's schema passes those of the calls that come of it, derived values included: a
 * value that a call's own schema refuses would cost all the jobs that share the call.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { documentedMessages } from '../../bin/docs/documented-messages.ts';
import { toJsonSchema } from '../../bin/docs/json-schema.ts';
import { toProfileAttributes } from '../../functions/customers/rules/profile-mapping.ts';
import {
  customerUpsert,
  eventsMessage,
  listsMessage,
} from '../../shared/jobs/contract/messages.ts';
import { endpoints } from '../../shared/klaviyo/index.ts';
import { orderOf, trackOf } from '../functions/events/event-jobs.ts';
import { createEventsConsumer } from '../functions/events/events-consumer.ts';
import { listJob, startListsWorld } from '../functions/lists/lists-consumer.ts';
import { json, startHttpServer } from '../support/http-server.ts';
import { jobOf } from '../support/job.ts';
import { jsonArbitrary } from '../support/json-arbitrary.ts';

const jobsOf = (...types: readonly string[]) =>
  fc.oneof(
    ...documentedMessages
      .filter(({ type }) => types.includes(type))
      .map((message) => jsonArbitrary(toJsonSchema(message))),
  );

const accepted = <T>(
  schema: { safeParse(value: unknown): { data?: T | undefined } },
  values: readonly unknown[],
): T[] => values.flatMap((value) => schema.safeParse(value).data ?? []);

/** Where the values of many jobs meet in one request. */
const inBulk = { revision: '2026-07-15' };
const runs = { numRuns: 20, endOnFailure: true };
/** Of all runs together, on a machine that has much else to do. */
const longEnoughMs = 120_000;

test('of a customer', () => {
  let checked = 0;
  fc.assert(
    fc.property(jobsOf('customer.upsert'), (value) => {
      const { data } = customerUpsert.safeParse(value);
      if (data === undefined) return;
      checked += 1;
      const attributes = toProfileAttributes(data.customer);
      expect(endpoints.createProfile.input.safeParse({ attributes }).error).toBeUndefined();
    }),
    { numRuns: 1_000 },
  );
  expect(checked).toBeGreaterThan(100);
});

test(
  'of an event',
  async () => {
    await using server = await startHttpServer((_, response) => json(response, 202));
    const consumer = createEventsConsumer({ apiUrl: server.url, settings: inBulk });
    const anyJobs = fc.array(jobsOf('transaction.placed', 'event.track'), { minLength: 40 });
    let checked = 0;
    await fc.assert(
      fc.asyncProperty(anyJobs, async (values) => {
        const jobs = accepted(eventsMessage, values);
        checked += jobs.length;
        const outcomes = await consumer.runJobs(jobs.map((job) => jobOf(job)));
        expect(outcomes.filter((outcome) => outcome?.kind !== 'delivered')).toEqual([]);
      }),
      runs,
    );
    expect(checked).toBeGreaterThan(100);
  },
  longEnoughMs,
);

test(
  'of a list job',
  async () => {
    const anyJobs = fc.array(
      jobsOf('list.add', 'list.remove', 'list.subscribe', 'list.unsubscribe'),
      { minLength: 20 },
    );
    let checked = 0;
    await fc.assert(
      fc.asyncProperty(anyJobs, async (values) => {
        await using world = await startListsWorld();
        const jobs = accepted(listsMessage, values);
        checked += jobs.length;
        const outcomes = await world.run(...jobs.map((job) => listJob(job)));
        expect(outcomes.filter((outcome) => outcome?.kind === 'unexpected')).toEqual([]);
      }),
      runs,
    );
    expect(checked).toBeGreaterThan(100);
  },
  longEnoughMs,
);

test('300 orders, of which one multiplies to more than a number can hold', async () => {
  await using server = await startHttpServer((_, response) => json(response, 202));
  const consumer = createEventsConsumer({ apiUrl: server.url, settings: inBulk });
  const huge = { quantity: 1e200, unitPrice: 1e200 };
  const order = (line: object) => {
    const job = orderOf({ transactionId: 'HUGE' });
    const [first] = job.transaction.lines;
    return { ...job, transaction: { ...job.transaction, lines: [{ ...first, ...line }] } };
  };
  expect(eventsMessage.safeParse(order(huge)).error?.issues).toMatchObject([
    { path: ['transaction', 'lines', 0, 'quantity'] },
  ]);
  const sound = [
    order({ ...huge, rowTotal: 5 }),
    ...Array.from({ length: 299 }, (_, n) => trackOf(`E${n}`)),
  ];
  const outcomes = await consumer.run(...accepted(eventsMessage, sound));
  expect(outcomes).toEqual(Array.from({ length: 300 }, () => ({ kind: 'delivered' })));
});
