import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { connectionId } from '../../../shared/contracts/connection.ts';
import { customersMessage } from '../../../shared/contracts/messages.ts';
import {
  KlaviyoAuthorisationError,
  KlaviyoRateLimitError,
  KlaviyoRequestError,
  KlaviyoServerError,
} from '../../../shared/klaviyo/index.ts';
import { consumeQueue, type HandleJobs } from '../../../shared/runtime/consume-queue.ts';
import { delivered, type Fate, fateOf } from '../../../shared/runtime/fate.ts';
import { createSettle } from '../../../shared/runtime/settle-jobs.ts';
import { createMemoryJobQueue } from '../../support/memory-job-queue.ts';
import { createMemoryLog } from '../../support/memory-log.ts';
import { contextWith, type RecordOptions, sqsEvent } from '../../support/sqs-event.ts';

const message = z.strictObject({
  connectionId,
  type: z.literal('test'),
  occurredAt: z.string().optional(),
});
type Message = z.output<typeof message>;

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const nowMs = Date.parse('2026-11-23T12:00:00Z');
const body = { connectionId: 'acme', type: 'test' };

/** Runs a batch through a consumer whose logic is given. */
const consume = async (
  records: readonly RecordOptions[],
  handleJobs: HandleJobs<Message, string>,
  { failing = false, remainingMs = 60_000 } = {},
) => {
  const store = createMemoryJobQueue({ failing });
  const { lines, logger, metrics } = createMemoryLog();
  const handler = consumeQueue(
    { message },
    {
      findConnection: async (id) =>
        id === 'nobody'
          ? { kind: 'unknown' }
          : id === 'paused'
            ? { kind: 'held' }
            : { kind: 'open', connection: id },
      handleJobs,
      settle: createSettle({
        queue: store.queue,
        logger,
        metrics,
        now: () => nowMs,
        random: () => 0.5,
      }),
      flush: async () => metrics.flush(),
      now: () => nowMs,
    },
  );
  const { batchItemFailures } = await handler(
    sqsEvent(...records.map((record) => ({ sentAtMs: nowMs, ...record }))),
    contextWith(remainingMs),
  );
  return { ...store, lines, kept: batchItemFailures.map(({ itemIdentifier }) => itemIdentifier) };
};

/** Logic that ends every job in the same fate. */
const endIn =
  (fate: Fate): HandleJobs<Message, string> =>
  async (jobs) =>
    new Map(jobs.map(({ id }) => [id, fate]));
const fail =
  (error: unknown): HandleJobs<Message, string> =>
  async () => {
    throw error;
  };

describe('what stays in the queue', () => {
  test('delivered and superseded jobs leave it', async () => {
    const { kept } = await consume(
      [
        { id: 'a', body },
        { id: 'b', body },
      ],
      async () =>
        new Map([
          ['a', delivered],
          ['b', { kind: 'superseded', by: 'newer' } as const],
        ]),
    );
    expect(kept).toEqual([]);
  });

  test('a job that nobody decided on is never deleted as if it were done', async () => {
    const { kept, copies, deadLetters } = await consume([{ id: 'a', body }], async () => new Map());
    expect(kept).toEqual([]);
    expect(deadLetters).toEqual([]);
    expect(copies).toEqual([
      expect.objectContaining({ body: JSON.stringify(body), groupId: 'acme', delaySeconds: 20 }),
    ]);
  });

  test('a job without a permit goes back for exactly its wait, at no cost to it', async () => {
    const { kept, visibility } = await consume(
      [{ id: 'a', body }],
      endIn({ kind: 'later', waitMs: 41_200, reason: 'rate_limit' }),
    );
    expect(kept).toEqual(['a']);
    expect(visibility.get('receipt-a')).toBe(42);
  });

  test('a 429 is never acknowledged as if the job were done', async () => {
    const { kept, visibility, deadLetters } = await consume(
      [{ id: 'a', body }],
      fail(new KlaviyoRateLimitError('POST /api/events', 60_000)),
    );
    expect([kept, deadLetters]).toEqual([['a'], []]);
    expect(visibility.has('receipt-a')).toBe(true);
  });

  test('a wait counts from when it was decided, not from the end of the batch', async () => {
    const fromMs = nowMs - 15_000;
    const { visibility } = await consume(
      [{ id: 'a', body }],
      endIn({ kind: 'later', waitMs: 41_000, reason: 'rate_limit', fromMs }),
    );
    expect(visibility.get('receipt-a')).toBe(26);
    expect(fateOf(new KlaviyoRateLimitError('POST /api/profiles', 41_000))).toEqual({
      kind: 'later',
      waitMs: 41_000,
      reason: 'rate_limit',
      fromMs: expect.any(Number),
    });
  });

  test('a failure waits longer the older the job is: 10 seconds first, 4 hours at most', async () => {
    const error = new KlaviyoServerError('POST /api/profiles', 503, true);
    const waitAt = async (ageMs: number, receiveCount: number) => {
      const record = { id: 'a', body, sentAtMs: nowMs - ageMs, receiveCount };
      return (await consume([record], fail(error))).visibility.get('receipt-a');
    };
    expect(await waitAt(0, 1)).toBe(10);
    expect(await waitAt(10 * 60_000, 6)).toBe(300);
    expect(await waitAt(2 * dayMs, 20)).toBe(4 * 3_600);
    // It has grown old in a backlog: this may be its first failure.
    expect(await waitAt(2 * dayMs, 1)).toBe(20);
  });

  test('jobs of a held connection wait, whatever their age, without being in flight meanwhile', async () => {
    const { kept, visibility, copies, deadLetters } = await consume(
      [{ id: 'a', body: { ...body, connectionId: 'paused' }, sentAtMs: nowMs - 5 * dayMs }],
      endIn(delivered),
    );
    expect([kept, [...visibility], deadLetters]).toEqual([[], [], []]);
    expect(copies).toMatchObject([
      {
        delaySeconds: 300,
        attributes: { firstSentAtMs: String(nowMs - 5 * dayMs), failures: '0' },
      },
    ]);
  });

  test('what a job has waited for its connection does not count when it fails afterwards', async () => {
    const paused = { ...body, connectionId: 'paused' };
    const { copies } = await consume(
      [{ body: paused, sentAtMs: nowMs - 5 * dayMs }],
      endIn(delivered),
    );
    const { kept, visibility, deadLetters } = await consume(
      [{ id: 'a', body, ...(copies[0]?.attributes && { attributes: copies[0].attributes }) }],
      fail(new KlaviyoServerError('POST /api/profiles', 503, true)),
    );
    expect([kept, deadLetters]).toEqual([['a'], []]);
    expect(visibility.get('receipt-a')).toBe(10);
  });

  test('refused credentials hold the jobs: a person has to act, and nothing is lost', async () => {
    const { kept, copies, deadLetters } = await consume(
      [{ id: 'a', body }],
      fail(new KlaviyoAuthorisationError('POST /api/profiles', 401, [])),
    );
    expect([kept, deadLetters]).toEqual([[], []]);
    expect(copies).toMatchObject([{ body: JSON.stringify(body), delaySeconds: 300 }]);
  });

  test.each([{ receiveCount: 40 }, { sentAtMs: nowMs - 11 * dayMs }])(
    'a job that keeps coming back is sent anew before SQS would take it (%o)',
    async (options) => {
      const { kept, copies } = await consume(
        [{ id: 'a', body, ...options }],
        endIn({ kind: 'later', waitMs: 5_000, reason: 'rate_limit' }),
      );
      expect(kept).toEqual([]);
      expect(copies).toMatchObject([
        {
          delaySeconds: 5,
          attributes: { firstSentAtMs: String(options.sentAtMs ?? nowMs), failures: '0' },
        },
      ]);
    },
  );

  test('no wait is longer than SQS allows: of a message in hand, nor of one that is sent', async () => {
    const wait: Fate = { kind: 'later', waitMs: 20 * hourMs, reason: 'rate_limit' };
    const { visibility, copies } = await consume(
      [
        { id: 'a', body },
        { id: 'b', body, receiveCount: 40 },
      ],
      endIn(wait),
    );
    expect(visibility.get('receipt-a')).toBe(11 * 3_600);
    expect(copies).toMatchObject([{ delaySeconds: 900 }]);
  });

  test('a copy keeps the time at which the job was first sent', async () => {
    const seen: number[] = [];
    await consume([{ body, attributes: { firstSentAtMs: '1700000000000' } }], async (jobs) => {
      seen.push(...jobs.map(({ occurredAtMs }) => occurredAtMs));
      return new Map(jobs.map(({ id }) => [id, delivered]));
    });
    expect(seen).toEqual([1_700_000_000_000]);
  });

  test('when SQS takes neither copies nor dead letters, the jobs stay', async () => {
    const { kept } = await consume(
      [
        { id: 'a', body: 'no JSON' },
        { id: 'b', body },
      ],
      fail(new TypeError('a bug')),
      { failing: true },
    );
    expect(kept.toSorted()).toEqual(['a', 'b']);
  });
});

test('a clock that is ahead does not give a job the last word over all that comes later', async () => {
  const seen: number[] = [];
  await consume(
    [{ body: { ...body, occurredAt: '2031-01-01T00:00:00Z' } }, { body }],
    async (jobs) => {
      seen.push(...jobs.flatMap((job) => [job.occurredAtMs - nowMs, job.happenedByMs - nowMs]));
      return new Map(jobs.map(({ id }) => [id, delivered]));
    },
  );
  expect(seen).toEqual([60_000, 0, 0, 0]);
});

describe('what is given up', () => {
  test('a job that fails for three days', async () => {
    const { kept, deadLetters } = await consume(
      [{ id: 'a', body, sentAtMs: nowMs - 3 * dayMs - 1 }],
      fail(new KlaviyoServerError('POST /api/profiles', 503, true)),
    );
    expect(kept).toEqual([]);
    expect(deadLetters[0]?.attributes).toMatchObject({
      reason: 'gave_up',
      errorCode: 'KlaviyoServerError',
      operation: 'POST /api/profiles',
      connectionId: 'acme',
    });
  });

  test('a job that Klaviyo refuses, at once, with code, pointer and operation', async () => {
    const problem = { code: 'invalid', detail: '', pointer: '/data/attributes/email' };
    const { deadLetters } = await consume(
      [{ id: 'a', body }],
      fail(new KlaviyoRequestError('POST /api/profiles', 400, [problem])),
    );
    expect(deadLetters).toEqual([
      {
        body: JSON.stringify(body),
        groupId: 'acme',
        attributes: {
          reason: 'request_refused',
          errorCode: 'invalid',
          pointer: '/data/attributes/email',
          operation: 'POST /api/profiles',
          connectionId: 'acme',
          jobType: 'test',
          firstSentAtMs: String(nowMs),
        },
      },
    ]);
  });

  test('a job that hits a defect five times, with the name of the error', async () => {
    const failedBefore = (failures: string) =>
      consume([{ id: 'a', body, attributes: { failures } }], fail(new TypeError('a bug')));
    expect((await failedBefore('3')).copies[0]?.attributes).toMatchObject({ failures: '4' });
    expect((await failedBefore('4')).deadLetters[0]?.attributes).toMatchObject({
      reason: 'unexpected_error',
      errorCode: 'TypeError',
    });
  });

  test('a job of a connection that does not exist', async () => {
    const { deadLetters } = await consume(
      [{ body: { ...body, connectionId: 'nobody' } }],
      endIn(delivered),
    );
    expect(deadLetters[0]?.attributes).toMatchObject({
      reason: 'unknown_connection',
      connectionId: 'nobody',
    });
  });

  test('a body that is not JSON, without holding up its neighbours', async () => {
    const { kept, deadLetters } = await consume(
      [
        { id: 'a', body: '{"connectionId":' },
        { id: 'b', body },
      ],
      endIn(delivered),
    );
    expect(kept).toEqual([]);
    expect(deadLetters).toMatchObject([{ attributes: { reason: 'invalid_json' } }]);
  });

  test('a body that is nested too deeply to be read, without holding up its neighbours', async () => {
    const { queue, deadLetters } = createMemoryJobQueue();
    const { logger, metrics } = createMemoryLog();
    const seen: number[] = [];
    const handler = consumeQueue(
      { message: customersMessage },
      {
        findConnection: async (id) => ({ kind: 'open', connection: id }),
        handleJobs: async (jobs) => {
          seen.push(jobs.length);
          return new Map(jobs.map(({ id }) => [id, delivered]));
        },
        settle: createSettle({ queue, logger, metrics }),
        flush: async () => {},
      },
    );
    const bodyWith = (properties: string) =>
      `{"connectionId":"acme","type":"customer.upsert","customer":{"customerId":"c1","properties":${properties}}}`;
    const deep = bodyWith(`{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`);
    await handler(sqsEvent({ body: deep }, { body: bodyWith('{}') }), contextWith());
    expect(seen).toEqual([1]);
    expect(deadLetters).toMatchObject([
      { attributes: { reason: 'invalid_message', errorCode: 'RangeError', connectionId: 'acme' } },
    ]);
  });

  test('for a field whose name SQS would not take as an attribute', async () => {
    const broken = { ...body, [`fi${'\u0001'}eld${'x'.repeat(249)}😀`]: 1 };
    const { deadLetters } = await consume([{ body: broken }], endIn(delivered));
    const { pointer = '' } = deadLetters[0]?.attributes ?? {};
    expect(pointer).toMatch(/^\/fi.eldx+/u);
    expect(pointer.isWellFormed()).toBe(true);
    expect(pointer).not.toMatch(/\p{Cc}/u);
  });

  test('a body of 1 MiB, in two halves that join to the same', async () => {
    const huge = `"${'é😀'.repeat(174_762)}`;
    expect(Buffer.byteLength(huge)).toBeGreaterThan(1_048_000);
    const { deadLetters } = await consume([{ id: 'a', body: huge }], endIn(delivered));
    expect(deadLetters.map(({ attributes }) => attributes?.part)).toEqual(['a 1/2', 'a 2/2']);
    expect(deadLetters.map(({ body: half }) => half).join('')).toBe(huge);
  });
});

describe('a message that breaks the schema is named by its field', () => {
  const customer = { customerId: 'c1' };
  const upsert = { connectionId: 'acme', type: 'customer.upsert' };
  const pointerOf = async (broken: unknown) => {
    const { queue, deadLetters } = createMemoryJobQueue();
    const { logger, metrics } = createMemoryLog();
    const handler = consumeQueue(
      { message: customersMessage },
      {
        findConnection: async () => ({ kind: 'unknown' }),
        handleJobs: async () => new Map(),
        settle: createSettle({ queue, logger, metrics }),
        flush: async () => {},
      },
    );
    await handler(sqsEvent({ body: broken }), contextWith());
    const { reason, pointer } = deadLetters[0]?.attributes ?? {};
    return [reason, pointer];
  };

  test.each([
    ['an unknown field', { ...upsert, customer: { ...customer, emial: 'x' } }, '/customer/emial'],
    ['a missing field', { ...upsert, customer: {} }, '/customer/customerId'],
    [
      'a phone number that is no text',
      { ...upsert, customer: { ...customer, phoneNumber: 31201234567 } },
      '/customer/phoneNumber',
    ],
    ['an unknown type', { ...upsert, type: 'customer.upsret', customer }, '/type'],
    [
      'an instant that is in no year of four digits',
      { ...upsert, customer, occurredAt: '9999-12-31T23:59:59-05:00' },
      '/occurredAt',
    ],
    [
      'a list without id or name',
      { ...upsert, customer, lists: { join: [{ ide: 'x' }] } },
      '/lists/join/0/ide',
    ],
    ['no object at all', 7, undefined],
  ])('%s', async (_, broken, pointer) => {
    expect(await pointerOf(broken)).toEqual(['invalid_message', pointer]);
  });
});

test('jobs are handled by connection, and one connection’s failure is its own', async () => {
  const groups: string[] = [];
  const { kept, visibility } = await consume(
    [
      { id: 'a', body },
      { id: 'b', body: { ...body, connectionId: 'other' } },
      { id: 'c', body },
    ],
    async (jobs, connection) => {
      groups.push(`${connection}: ${jobs.map(({ id }) => id).join()}`);
      if (connection === 'other') throw new KlaviyoServerError('POST /api/profiles', 503, true);
      return new Map(jobs.map(({ id }) => [id, delivered]));
    },
  );
  expect(groups).toEqual(['acme: a,c', 'other: b']);
  expect(kept).toEqual(['b']);
  expect(visibility.get('receipt-b')).toBe(10);
});

test('jobs that failed unexpectedly are handled one by one: a poisoned one sinks no others', async () => {
  const poison = { ...body, occurredAt: 'poison' };
  const failed = { attributes: { failures: '1' } };
  const sizes: number[] = [];
  const { kept, copies, deadLetters } = await consume(
    [
      { id: 'a', body },
      { id: 'b', body },
      { id: 'c', body, ...failed },
      { id: 'd', body: poison, ...failed },
      { id: 'e', body, ...failed },
    ],
    async (jobs) => {
      sizes.push(jobs.length);
      if (jobs.some(({ message: { occurredAt } }) => occurredAt === 'poison'))
        throw new TypeError('poisoned');
      return new Map(jobs.map(({ id }) => [id, delivered]));
    },
  );
  expect(sizes.toSorted()).toEqual([1, 1, 1, 2]);
  expect(copies).toMatchObject([{ body: JSON.stringify(poison), attributes: { failures: '2' } }]);
  expect([kept, deadLetters]).toEqual([[], []]);
});

test('no call is begun that would not end before the function is killed', async () => {
  let notAfterMs = 0;
  const consumeWith = (remainingMs: number) =>
    consume(
      [{ body }],
      async (jobs, _, context) => {
        notAfterMs = context.notAfterMs;
        return new Map(jobs.map(({ id }) => [id, delivered]));
      },
      { remainingMs },
    );
  await consumeWith(60_000);
  expect(notAfterMs - nowMs).toBe(20_000);
  await consumeWith(18_000);
  expect(notAfterMs - nowMs).toBe(5_000);
  await consumeWith(2_000);
  expect(notAfterMs - nowMs).toBe(0);
});

test('a throttled or unreachable AWS is tried again, a bug in a request to it is a defect', () => {
  const named = (name: string, extra = {}) => Object.assign(new Error('x'), { name, ...extra });
  expect(fateOf(named('ProvisionedThroughputExceededException')).kind).toBe('retry');
  expect(fateOf(named('Error', { code: 'ECONNREFUSED' })).kind).toBe('retry');
  expect(fateOf(named('InternalFailure', { $fault: 'server' })).kind).toBe('retry');
  expect(fateOf(named('ValidationException', { $fault: 'client' })).kind).toBe('unexpected');
});

test('jobs are counted by fate and type, and the oldest of a batch is told', async () => {
  const { lines } = await consume(
    [
      { id: 'a', body, sentAtMs: nowMs - 5_000 },
      { id: 'b', body, sentAtMs: nowMs - 90_000 },
      { id: 'c', body: 'not JSON' },
    ],
    endIn(delivered),
  );
  const metrics = lines.map((line) => JSON.parse(line)).filter(({ _aws }) => _aws !== undefined);
  expect(metrics).toMatchObject([
    { JobAge: 90 },
    { Jobs: 2, fate: 'delivered', type: 'test' },
    { Jobs: 1, fate: 'refused', type: 'none' },
  ]);
});
