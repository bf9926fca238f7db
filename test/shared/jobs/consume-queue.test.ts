import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { connectionId } from '../../../shared/connections/contract.ts';
import { consumeQueue, type HandleJobs } from '../../../shared/jobs/consume-queue.ts';
import {
  customersMessage,
  maxJobBytes,
  maxMessageBytes,
} from '../../../shared/jobs/contract/messages.ts';
import { createDispose } from '../../../shared/jobs/dispose-jobs.ts';
import { delivered, type JobOutcome, outcomeOf } from '../../../shared/jobs/outcome.ts';
import {
  KlaviyoAuthorisationError,
  KlaviyoRateLimitError,
  KlaviyoRequestError,
  KlaviyoServerError,
} from '../../../shared/klaviyo/index.ts';
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
      dispose: createDispose({
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

/** Logic that ends every job in the same outcome. */
const endIn =
  (outcome: JobOutcome): HandleJobs<Message, string> =>
  async (jobs) =>
    new Map(jobs.map(({ id }) => [id, outcome]));
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
    expect(outcomeOf(new KlaviyoRateLimitError('POST /api/profiles', 41_000))).toEqual({
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
    const wait: JobOutcome = { kind: 'later', waitMs: 20 * hourMs, reason: 'rate_limit' };
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

  test.each([
    ['firstSentAtMs', '1e300'],
    ['firstSentAtMs', '-1'],
    ['firstSentAtMs', '253402300799999'],
    ['triedFromMs', '253402300799999'],
    ['failures', '1e9'],
    ['failures', '-1'],
  ])('a producer cannot count a job’s time or failures for it: %s is %s', async (name, value) => {
    const seen: object[] = [];
    await consume([{ body, attributes: { [name]: value } }], async (jobs) => {
      for (const { firstSentAtMs, triedFromMs, failures } of jobs)
        seen.push({ firstSentAtMs, triedFromMs, failures });
      return new Map(jobs.map(({ id }) => [id, delivered]));
    });
    expect(seen).toEqual([{ firstSentAtMs: nowMs, triedFromMs: nowMs, failures: 0 }]);
  });

  test('a first time that is to come does not make a job the latest', async () => {
    const seen: number[] = [];
    const attributes = { firstSentAtMs: String(nowMs + dayMs) };
    await consume([{ body, attributes }], async (jobs) => {
      seen.push(...jobs.map(({ occurredAtMs }) => occurredAtMs));
      return new Map(jobs.map(({ id }) => [id, delivered]));
    });
    expect(seen).toEqual([nowMs]);
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

test('a clock that is ahead does not put a job after all that comes later', async () => {
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
        dispose: createDispose({ queue, logger, metrics }),
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

  test.each([
    'ann@example.com',
    '+31201234567',
    'customer20123456',
    'Ann Example',
    'Zoë',
    `fi${'\u0001'}eld`,
    `field${'x'.repeat(249)}😀`,
  ])('for a field called %j, which may be data: its name is withheld', async (name) => {
    const broken = { ...body, [name]: 1 };
    const { deadLetters, lines } = await consume([{ body: broken }], endIn(delivered));
    const pointer = '/<withheld>';
    expect(deadLetters[0]?.attributes).toMatchObject({ errorCode: 'unrecognized_keys', pointer });
    expect(lines.filter((line) => line.includes('given up'))).toEqual([
      expect.stringContaining(`"pointer":"${pointer}"`),
    ]);
  });

  test('for a value that Klaviyo refuses, by a pointer with data in it', async () => {
    const pointer = '/data/attributes/properties/ann@example.com/0/$size';
    const { deadLetters, lines } = await consume(
      [{ id: 'a', body }],
      fail(
        new KlaviyoRequestError('POST /api/profiles', 400, [{ code: 'x', detail: '', pointer }]),
      ),
    );
    const shown = '/data/attributes/properties/<withheld>/0/$size';
    expect(deadLetters[0]?.attributes).toMatchObject({ pointer: shown });
    expect(lines.join()).toContain(shown);
    expect(lines.join()).not.toContain('ann@');
  });

  test('a message group is shown only where it can be a connection', async () => {
    const { deadLetters } = await consume(
      [
        { body: 'no JSON', groupId: 'ann@example.com' },
        { body: 'no JSON', groupId: 'acme' },
      ],
      endIn(delivered),
    );
    expect(deadLetters.map(({ attributes }) => attributes?.connectionId)).toEqual([
      undefined,
      'acme',
    ]);
  });

  test('a job that leaves no room for what a copy of it says, by its size', async () => {
    const paused = { ...body, connectionId: 'paused' };
    const sized = (bytes: number) => JSON.stringify(paused).padEnd(bytes);
    const { copies, deadLetters } = await consume(
      [
        { id: 'a', body: sized(maxJobBytes), attributes: { failures: '1' } },
        { id: 'b', body: sized(maxJobBytes + 1) },
      ],
      endIn(delivered),
    );
    expect(copies.map(({ body: text }) => text.length)).toEqual([maxJobBytes]);
    const added = Object.entries(copies[0]?.attributes ?? {})
      .flat()
      .join('').length;
    expect(added + 3 * 'String'.length).toBeLessThan(maxMessageBytes - maxJobBytes);
    expect(deadLetters.map(({ attributes }) => attributes)).toMatchObject([
      { reason: 'invalid_message', errorCode: 'too_large', part: 'b 1/2' },
      { reason: 'invalid_message', errorCode: 'too_large', part: 'b 2/2' },
    ]);
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
  const attributesOf = async (broken: unknown) => {
    const { queue, deadLetters } = createMemoryJobQueue();
    const { logger, metrics } = createMemoryLog();
    const handler = consumeQueue(
      { message: customersMessage },
      {
        findConnection: async () => ({ kind: 'unknown' }),
        handleJobs: async () => new Map(),
        dispose: createDispose({ queue, logger, metrics }),
        flush: async () => {},
      },
    );
    await handler(sqsEvent({ body: broken }), contextWith());
    return deadLetters[0]?.attributes;
  };
  const pointerOf = async (broken: unknown) => {
    const { reason, pointer } = (await attributesOf(broken)) ?? {};
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
    [
      'more lists than a job may join',
      { ...upsert, customer, lists: { join: Array.from({ length: 101 }, () => ({ id: 'L' })) } },
      '/lists/join',
    ],
    ['no object at all', 7, undefined],
  ])('%s', async (_, broken, pointer) => {
    expect(await pointerOf(broken)).toEqual(['invalid_message', pointer]);
  });

  const withProperties = (properties: string) =>
    JSON.stringify({ ...upsert, customer: { ...customer, properties: 0 } }).replace(
      '"properties":0',
      `"properties":${properties}`,
    );
  test.each([
    ['lost_number', '{"loyaltyCard":6335150012345678901}', '/customer/properties/loyaltyCard'],
    ['lost_number', '{"a":[1,1e400]}', '/customer/properties/a/1'],
    ['duplicate_key', '{"size":1,"size":2}', '/customer/properties/size'],
    ['unsafe_key', '{"__proto__":1}', '/customer/properties/__proto__'],
  ])('what reading JSON would lose without a word: %s in %s', async (errorCode, text, pointer) => {
    expect(await attributesOf(withProperties(text))).toMatchObject({
      reason: 'invalid_message',
      errorCode,
      pointer,
    });
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
  expect(outcomeOf(named('ProvisionedThroughputExceededException')).kind).toBe('retry');
  expect(outcomeOf(named('Error', { code: 'ECONNREFUSED' })).kind).toBe('retry');
  expect(outcomeOf(named('InternalFailure', { $fault: 'server' })).kind).toBe('retry');
  expect(outcomeOf(named('ValidationException', { $fault: 'client' })).kind).toBe('unexpected');
});

test('jobs are counted by outcome and type, and the oldest of a batch is told', async () => {
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
    { Jobs: 2, outcome: 'delivered', type: 'test' },
    { Jobs: 1, outcome: 'refused', type: 'none' },
  ]);
});
