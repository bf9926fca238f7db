import { describe, expect, test } from 'vitest';
import { bulkBytes, toBulkBatches } from '../../../../functions/events/rules/bulk-batches.ts';
import { toAttributes } from '../../../../functions/events/rules/event-person.ts';
import { toTrackedEvents } from '../../../../functions/events/rules/tracked-event.ts';
import type { EventTrack } from '../../../../shared/jobs/contract/messages.ts';
import {
  json,
  type ReceivedRequest,
  type Respond,
  startHttpServer,
} from '../../../support/http-server.ts';
import { jobOf } from '../../../support/job.ts';
import { orderOf, trackOf } from '../event-jobs.ts';
import { createEventsConsumer } from '../events-consumer.ts';

const bulk = '/api/event-bulk-create-jobs';
const newest = { revision: '2026-07-15' };
const delivered = { kind: 'delivered' };

const accepted: Respond = (_, response) => json(response, 202);
const refusing =
  (problem: { pointer?: string; code?: string; detail?: string }, status = 400): Respond =>
  (_, response) => {
    const { pointer, code = 'invalid', detail = 'Invalid input.' } = problem;
    json(response, status, { errors: [{ code, detail, source: { pointer } }] });
  };

interface BulkGroup {
  readonly attributes: {
    readonly profile: { readonly data: { readonly attributes: { readonly email?: string } } };
    readonly events: { readonly data: readonly { readonly attributes: { unique_id: string } }[] };
  };
}

/** The unique ids in a bulk request, by group. */
const idsOf = ({ body }: ReceivedRequest): string[][] => {
  const { data } = JSON.parse(body).data.attributes['events-bulk-create'];
  return (data as BulkGroup[]).map(({ attributes }) =>
    attributes.events.data.map((event) => event.attributes.unique_id),
  );
};
const idOf = ({ body }: ReceivedRequest): string => JSON.parse(body).data.attributes.unique_id;

/** So many events, each of a person of its own. */
const manyOf = (count: number): EventTrack[] =>
  Array.from({ length: count }, (_, n) =>
    trackOf(`E${n}`, { person: { email: `person${n}@example.com` } }),
  );

/** A Klaviyo whose bulk and single calls answer as a test says. */
const setUp = async (answers: { bulk?: Respond; single?: Respond } = {}, settings = {}) => {
  const server = await startHttpServer((request, response) => {
    const { bulk: inBulk = accepted, single = accepted } = answers;
    (request.url.pathname === bulk ? inBulk : single)(request, response);
  });
  const consumer = createEventsConsumer({
    apiUrl: server.url,
    settings: { ...newest, ...settings },
  });
  const calls = (path: string) => server.requests.filter(({ url }) => url.pathname === path);
  return {
    ...consumer,
    bulkCalls: () => calls(bulk),
    singleCalls: () => calls('/api/events'),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
};

describe('the way that events take', () => {
  test('is one call each at a revision that has no bulk jobs', async () => {
    await using klaviyo = await setUp({}, { revision: '2023-10-15' });
    const outcomes = await klaviyo.run(...manyOf(100));
    expect(outcomes).toEqual(manyOf(100).map(() => delivered));
    expect([klaviyo.bulkCalls().length, klaviyo.singleCalls().length]).toEqual([0, 100]);
  });

  test('is one call each for fewer events than a bulk call is worth', async () => {
    await using klaviyo = await setUp();
    await klaviyo.run(...manyOf(23));
    expect([klaviyo.bulkCalls().length, klaviyo.singleCalls().length]).toEqual([0, 23]);
  });

  test('is a bulk job for more, however many jobs they come from', async () => {
    await using klaviyo = await setUp();
    const lines = Array.from({ length: 23 }, (_, n) => ({
      lineId: String(n),
      name: 'Tea',
      quantity: 1,
      unitPrice: 1,
    }));
    expect(await klaviyo.run(orderOf({ lines }))).toEqual([delivered]);
    expect([klaviyo.bulkCalls().length, klaviyo.singleCalls().length]).toEqual([1, 0]);
    expect(klaviyo.bulkCalls().map(idsOf)).toEqual([[['T1', ...lines.map((_, n) => `T1:${n}`)]]]);
  });

  test('costs 105 calls at most for 100,000 events in batches of 1,000', async () => {
    await using klaviyo = await setUp();
    for (let batch = 0; batch < 100; batch += 1) {
      const events = Array.from({ length: 1_000 }, (_, n) => trackOf(`E${batch}-${n}`));
      expect(new Set((await klaviyo.run(...events)).map((outcome) => outcome?.kind))).toEqual(
        new Set(['delivered']),
      );
    }
    expect(klaviyo.bulkCalls().length + klaviyo.singleCalls().length).toBeLessThanOrEqual(105);
  }, 240_000);

  test('is several requests for a transaction with more lines than one holds', async () => {
    await using klaviyo = await setUp();
    const lines = Array.from({ length: 1_200 }, (_, n) => ({
      lineId: String(n),
      name: 'Tea',
      quantity: 1,
      unitPrice: 1,
    }));
    expect(await klaviyo.run(orderOf({ lines }))).toEqual([delivered]);
    const sent = klaviyo.bulkCalls().flatMap((call) => idsOf(call).flat());
    expect(klaviyo.bulkCalls().length).toBe(2);
    expect(new Set(sent).size).toBe(1_201);
  });

  test('is measured by the very bytes that go over the wire', async () => {
    await using klaviyo = await setUp();
    const jobs = [...manyOf(30), orderOf({}, { backfill: true })].map((message) => jobOf(message));
    await klaviyo.runJobs(jobs);
    const events = jobs.flatMap((job) =>
      toTrackedEvents(job, { attributes: toAttributes(job.message) }),
    );
    const [groups = []] = toBulkBatches(events, () => 0);
    expect(klaviyo.bulkCalls().map(({ body }) => Buffer.byteLength(body))).toEqual([
      bulkBytes(newest.revision, new Date())(groups),
    ]);
  });

  test('is told to come ahead of fresh jobs where any of its jobs has waited before', async () => {
    await using klaviyo = await setUp();
    await klaviyo.run(...manyOf(30));
    await klaviyo.runJobs(
      manyOf(30).map((job, n) => jobOf(job, { receiveCount: n === 9 ? 2 : 1 })),
    );
    expect(klaviyo.taken.map(({ returning }) => returning)).toEqual([false, true]);
  });
});

describe('an event that is in a batch twice', () => {
  test('is sent once, for both of its jobs', async () => {
    await using klaviyo = await setUp();
    const outcomes = await klaviyo.run(...manyOf(30), ...manyOf(30));
    expect(new Set(outcomes)).toEqual(new Set([delivered]));
    expect(klaviyo.bulkCalls().map((call) => idsOf(call).length)).toEqual([30]);
    expect(klaviyo.singleCalls()).toEqual([]);
  });

  test('under another description of its person goes by itself, as it may be a repeated id', async () => {
    await using klaviyo = await setUp();
    const other = trackOf('E0', { person: { phoneNumber: '+31201234567' } });
    await klaviyo.run(...manyOf(30), other);
    expect(klaviyo.bulkCalls().map((call) => idsOf(call).length)).toEqual([30]);
    expect(klaviyo.singleCalls().map(idOf)).toEqual(['E0']);
  });
});

describe('one bad event in a bulk request', () => {
  const pointer =
    '/data/attributes/events-bulk-create/data/7/attributes/events/data/0/attributes/time';
  const single: Respond = (request, response) =>
    (idOf(request) === 'E7' ? refusing({ pointer: '/data/attributes/time' }) : accepted)(
      request,
      response,
    );
  const named: Respond = (request, response) =>
    (idsOf(request).flat().includes('E7') ? refusing({ pointer }) : accepted)(request, response);
  const unnamed: Respond = (request, response) =>
    (idsOf(request).flat().includes('E7') ? refusing({}) : accepted)(request, response);
  const refused = {
    kind: 'refused',
    reason: 'request_refused',
    errorCode: 'invalid',
    pointer: '/data/attributes/time',
    operation: 'POST /api/events',
  };
  const expected = (count: number) =>
    manyOf(count).map(({ uniqueId }) => (uniqueId === 'E7' ? refused : delivered));

  test('does not sink the others: it is named, given up with its reason, and the rest is resent', async () => {
    await using klaviyo = await setUp({ bulk: named, single });
    expect(await klaviyo.run(...manyOf(1_000))).toEqual(expected(1_000));
    expect(klaviyo.bulkCalls().map((call) => idsOf(call).length)).toEqual([1_000, 999]);
    expect(klaviyo.singleCalls().map(idOf)).toEqual(['E7']);
  });

  test('does not sink the others where nothing names it: the request is halved', async () => {
    await using klaviyo = await setUp({ bulk: unnamed, single });
    expect(await klaviyo.run(...manyOf(1_000))).toEqual(expected(1_000));
    expect(klaviyo.bulkCalls().length).toBe(7);
    expect(klaviyo.singleCalls().length).toBe(125);
  });

  test('takes its job with it, whose other events are sent all the same', async () => {
    const lines = Array.from({ length: 30 }, (_, n) => ({
      lineId: String(n),
      name: 'Tea',
      quantity: 1,
      unitPrice: 1,
    }));
    const badLine: Respond = (request, response) =>
      (idsOf(request).flat().includes('T1:3')
        ? refusing({
            pointer:
              '/data/attributes/events-bulk-create/data/0/attributes/events/data/4/attributes',
          })
        : accepted)(request, response);
    const badOne: Respond = (request, response) =>
      (idOf(request) === 'T1:3' ? refusing({ pointer: '/data/attributes' }) : accepted)(
        request,
        response,
      );
    await using klaviyo = await setUp({ bulk: badLine, single: badOne });
    const outcomes = await klaviyo.run(orderOf({ lines }), orderOf({ transactionId: 'T2', lines }));
    expect(outcomes).toMatchObject([{ kind: 'refused', pointer: '/data/attributes' }, delivered]);
    const [, resent] = klaviyo.bulkCalls().map((call) => idsOf(call).flat());
    expect(resent?.length).toBe(61);
    expect(resent).not.toContain('T1:3');
  });

  test('costs few bulk calls even where Klaviyo refuses every one of them', async () => {
    await using klaviyo = await setUp({ bulk: refusing({}) });
    expect(new Set(await klaviyo.run(...manyOf(1_000)))).toEqual(new Set([delivered]));
    expect(klaviyo.bulkCalls().length).toBeLessThanOrEqual(15);
    expect(klaviyo.singleCalls().length).toBe(1_000);
  });
});

describe('a refused bulk request', () => {
  test('goes one by one where it names a profile: its address may be left out there', async () => {
    const pointer = '/data/attributes/events-bulk-create/data/1/attributes/email';
    let refusals = 0;
    const once: Respond = (request, response) => {
      refusals += 1;
      (refusals === 1 ? refusing({ pointer }) : accepted)(request, response);
    };
    await using klaviyo = await setUp({ bulk: once });
    const twoEach = manyOf(30).flatMap((event) => [
      event,
      { ...event, uniqueId: `${event.uniqueId}b` },
    ]);
    expect(new Set(await klaviyo.run(...twoEach))).toEqual(new Set([delivered]));
    expect(klaviyo.singleCalls().map(idOf).toSorted()).toEqual(['E1', 'E1b']);
  });

  test('goes one by one for a repeated unique id, which a single call takes for what it is', async () => {
    const pointer =
      '/data/attributes/events-bulk-create/data/0/attributes/events/data/0/attributes/unique_id';
    await using klaviyo = await setUp({ bulk: refusing({ pointer }) });
    expect(new Set(await klaviyo.run(...manyOf(50)))).toEqual(new Set([delivered]));
    expect([klaviyo.bulkCalls().length, klaviyo.singleCalls().length]).toEqual([1, 50]);
  });

  test('goes one by one where the operation is not there', async () => {
    await using klaviyo = await setUp({ bulk: refusing({ code: 'not_found' }, 404) });
    expect(new Set(await klaviyo.run(...manyOf(50)))).toEqual(new Set([delivered]));
    expect([klaviyo.bulkCalls().length, klaviyo.singleCalls().length]).toEqual([1, 50]);
  });

  test('that failed is the outcome of its own events only', async () => {
    const failing: Respond = (request, response) =>
      json(response, idsOf(request).flat().includes('E3') ? 503 : 202, { errors: [] });
    await using klaviyo = await setUp({ bulk: failing });
    const outcomes = await klaviyo.run(...manyOf(1_500));
    expect(new Set(outcomes.slice(0, 1_000).map((outcome) => outcome?.kind))).toEqual(
      new Set(['retry']),
    );
    expect(new Set(outcomes.slice(1_000))).toEqual(new Set([delivered]));
  });

  test('that came too fast goes back for as long as Klaviyo says, and is not split', async () => {
    const throttled: Respond = (_, response) =>
      json(response, 429, { errors: [{ code: 'throttled' }] }, { 'retry-after': '7' });
    await using klaviyo = await setUp({ bulk: throttled });
    const outcomes = await klaviyo.run(...manyOf(50));
    expect(new Set(outcomes)).toEqual(
      new Set([{ kind: 'later', waitMs: 7_000, reason: 'rate_limit', fromMs: expect.any(Number) }]),
    );
    expect(klaviyo.singleCalls()).toEqual([]);
  });
});
