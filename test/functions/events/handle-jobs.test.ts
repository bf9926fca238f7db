import { describe, expect, test } from 'vitest';
import {
  type KlaviyoSimulatorOptions,
  startKlaviyoSimulator,
} from '../../../local/klaviyo/simulator.ts';
import { KlaviyoRateLimitError } from '../../../shared/klaviyo/index.ts';
import { createRefusingPermits } from '../../support/free-permits.ts';
import { jobOf } from '../../support/job.ts';
import { lineOf, orderOf, trackOf } from './event-jobs.ts';
import { type ConsumerOptions, createEventsConsumer } from './events-consumer.ts';

const delivered = { kind: 'delivered' };
const newest = { revision: '2026-07-15' };

/** For one call after the other: a permit, or the wait until there is one. */
const permitsWithTurns = (...waitsMs: (number | undefined)[]) => {
  const turns = waitsMs.values();
  return createRefusingPermits(({ endpoint }) => {
    const waitMs = turns.next().value;
    return waitMs === undefined ? undefined : new KlaviyoRateLimitError(endpoint, waitMs);
  });
};

/** The consumer before a simulated Klaviyo without limits. */
const setUp = async (
  options: Omit<ConsumerOptions, 'apiUrl'> = {},
  simulation: KlaviyoSimulatorOptions = {},
) => {
  const simulator = await startKlaviyoSimulator({
    accounts: [{ id: 'AcCt01', privateKeys: [{ key: 'pk_test' }] }],
    rateLimits: 'off',
    delays: { eventMs: 0 },
    ...simulation,
  });
  const consumer = createEventsConsumer({ apiUrl: simulator.url, ...options });
  const account = simulator.account();
  const recorded = () =>
    account
      .events()
      .map(({ metric, uniqueId, value }) => [metric.name, uniqueId, value])
      .toSorted();
  return {
    ...consumer,
    simulator,
    account,
    recorded,
    [Symbol.asyncDispose]: () => simulator.close(),
  };
};

describe('a transaction', () => {
  test.each(['2023-10-15', '2025-01-15', '2026-07-15'])(
    'reaches Klaviyo at revision %s with its time, value and currency',
    async (revision) => {
      await using klaviyo = await setUp({ settings: { revision } });
      expect(await klaviyo.run(orderOf())).toEqual([delivered]);
      expect(klaviyo.recorded()).toEqual([
        ['Ordered Product', 'T1:1', 9],
        ['Ordered Product', 'T1:2', 9],
        ['Placed Order', 'T1', 18],
      ]);
      for (const event of klaviyo.account.events())
        expect(event).toMatchObject({
          timeSeconds: Date.UTC(2026, 10, 1, 12) / 1_000,
          valueCurrency: 'EUR',
        });
    },
  );

  test('goes to the profile that its customer is linked to, and leaves its address alone', async () => {
    await using klaviyo = await setUp({ linked: { c1: '01LINKED' } });
    klaviyo.account.seedProfiles([{ id: '01LINKED', attributes: { email: 'new@example.com' } }]);
    await klaviyo.run(orderOf({ customer: { customerId: 'c1', email: 'old@example.com' } }));
    expect(new Set(klaviyo.account.events().map(({ profileId }) => profileId))).toEqual(
      new Set(['01LINKED']),
    );
    expect(klaviyo.account.profiles().map(({ email }) => email)).toEqual(['new@example.com']);
  });

  test('of somebody who shares a number goes to the address, and changes nobody else', async () => {
    await using klaviyo = await setUp();
    const anna = { email: 'anna@example.com', phone_number: '+447700900301' };
    klaviyo.account.seedProfiles([{ id: '01ANNA', attributes: anna }]);
    const bert = { email: 'bert@example.com', phoneNumber: '+447700900301' };
    await klaviyo.run(orderOf({ customer: bert }));
    expect(klaviyo.account.profile('01ANNA')).toMatchObject(anna);
    const owners = klaviyo.account.events().map(({ profileId }) => profileId);
    expect(new Set(owners.map((id) => klaviyo.account.profile(id)?.email))).toEqual(
      new Set(['bert@example.com']),
    );
  });

  test('of a customer known by id alone goes to the profile with that external id', async () => {
    await using klaviyo = await setUp();
    klaviyo.account.seedProfiles([{ id: '01KNOWN', attributes: { external_id: 'c1' } }]);
    await klaviyo.run(orderOf({ customer: { customerId: 'c1' } }));
    expect(klaviyo.account.events().map(({ profileId }) => profileId)).toEqual([
      '01KNOWN',
      '01KNOWN',
      '01KNOWN',
    ]);
  });

  test('of a person who names a profile needs no look at the links', async () => {
    await using klaviyo = await setUp();
    await klaviyo.run(
      orderOf({ customer: { profileId: '01A', customerId: 'c1' } }),
      orderOf({ customer: { customerId: 'c2' } }),
    );
    expect(klaviyo.askedFor).toEqual(['c2']);
  });

  test('is delivered only when all of its events are', async () => {
    const faults = [{ kind: 'status', status: 400, skip: 2, times: 1 }] as const;
    await using klaviyo = await setUp({}, { faults });
    const [outcome] = await klaviyo.run(orderOf());
    expect(outcome).toMatchObject({ kind: 'refused', operation: 'POST /api/events' });
    expect(klaviyo.recorded().length).toBe(2);
  });

  test('is given up only once those of its events that Klaviyo takes have been sent', async () => {
    const permits = permitsWithTurns(undefined, undefined, 30_000);
    const faults = [{ kind: 'status', status: 400, skip: 1, times: 1 }] as const;
    await using klaviyo = await setUp({ permits }, { faults });
    expect(await klaviyo.run(orderOf())).toMatchObject([{ kind: 'later', waitMs: 30_000 }]);
  });

  test('goes back until the latest turn of its events where not all of them have one in time', async () => {
    const permits = permitsWithTurns(undefined, 30_000, 40_000);
    await using klaviyo = await setUp({ permits });
    const [outcome] = await klaviyo.run(orderOf());
    expect(outcome).toEqual({
      kind: 'later',
      waitMs: 40_000,
      reason: 'rate_limit',
      fromMs: expect.any(Number),
    });
    expect(klaviyo.recorded().length).toBe(1);
  });
});

describe('a connection with generateEvents off', () => {
  test('has its transactions acknowledged and counted, and nothing is sent', async () => {
    await using klaviyo = await setUp({ settings: { generateEvents: false } });
    const outcomes = await klaviyo.run(orderOf(), orderOf({ transactionId: 'T2' }));
    expect(outcomes).toEqual([
      { kind: 'superseded', by: 'setting' },
      { kind: 'superseded', by: 'setting' },
    ]);
    expect(klaviyo.simulator.countCalls()).toBe(0);
  });

  test('still sends the events that are asked for by name', async () => {
    await using klaviyo = await setUp({ settings: { generateEvents: false } });
    expect(await klaviyo.run(trackOf('R1'))).toEqual([delivered]);
    expect(klaviyo.recorded()).toEqual([['Refunded Order', 'R1', undefined]]);
  });
});

describe('retries count nothing twice', () => {
  test('lines keep their ids at every attempt', async () => {
    await using klaviyo = await setUp();
    await klaviyo.run(orderOf());
    await klaviyo.run(orderOf());
    await klaviyo.run(orderOf(), orderOf());
    expect(klaviyo.recorded().length).toBe(3);
  });

  test('lines of one order in one second do not collapse into one', async () => {
    await using klaviyo = await setUp();
    const lines = Array.from({ length: 6 }, (_, n) => lineOf(String(n), { name: 'Tea' }));
    await klaviyo.run(orderOf({ lines }));
    expect(klaviyo.recorded().length).toBe(7);
  });

  test('two refunds of one order are two events', async () => {
    await using klaviyo = await setUp();
    await klaviyo.run(
      trackOf('T1:refund:1', { value: 5 }),
      trackOf('T1:refund:2', { value: 7 }),
      trackOf('T1:refund:2', { value: 7 }),
    );
    expect(klaviyo.recorded()).toEqual([
      ['Refunded Order', 'T1:refund:1', 5],
      ['Refunded Order', 'T1:refund:2', 7],
    ]);
  });

  test('a retry that succeeded is not reported as failed: what Klaviyo did before a reset counts', async () => {
    const faults = [
      { kind: 'reset', when: 'after', times: 1 },
      { kind: 'status', status: 503, times: 1 },
    ] as const;
    await using klaviyo = await setUp({}, { faults });
    expect(await klaviyo.run(orderOf())).toEqual([delivered]);
    expect(klaviyo.recorded().length).toBe(3);
  });

  test('in bulk as well, after a reset and when a job comes back', async () => {
    const faults = [{ kind: 'reset', when: 'after', times: 1 }] as const;
    await using klaviyo = await setUp({ settings: newest }, { faults });
    const orders = Array.from({ length: 20 }, (_, n) => orderOf({ transactionId: `T${n}` }));
    expect(new Set(await klaviyo.run(...orders))).toEqual(new Set([delivered]));
    expect(new Set(await klaviyo.run(...orders))).toEqual(new Set([delivered]));
    expect(klaviyo.recorded().length).toBe(60);
    expect(klaviyo.simulator.countCalls({ endpoint: 'POST /api/events' })).toBe(0);
  });
});

describe('a replay of history', () => {
  const replay = orderOf({}, { backfill: true });

  test('fires no flow again where the revision can say so', async () => {
    await using klaviyo = await setUp({ settings: newest });
    await klaviyo.run(replay);
    expect(klaviyo.account.events().map(({ backfill }) => backfill)).toEqual([true, true, true]);
  });

  test('says so in bulk too', async () => {
    await using klaviyo = await setUp({ settings: newest });
    const lines = Array.from({ length: 30 }, (_, n) => lineOf(String(n)));
    await klaviyo.run(orderOf({ lines }, { backfill: true }));
    expect(new Set(klaviyo.account.events().map(({ backfill }) => backfill))).toEqual(
      new Set([true]),
    );
  });

  test('is not refused by a revision that cannot', async () => {
    await using klaviyo = await setUp({ settings: { revision: '2026-01-15' } });
    expect(await klaviyo.run(replay)).toEqual([delivered]);
  });
});

describe('one bad event in a batch of good ones', () => {
  const bad = trackOf('BAD', { time: '1985-01-01T00:00:00Z' });

  test.each([
    ['one by one', '2023-10-15'],
    ['in bulk', '2026-07-15'],
  ])('is given up with Klaviyo’s reason and the others arrive, %s', async (_, revision) => {
    await using klaviyo = await setUp({ settings: { revision } });
    const good = Array.from({ length: 40 }, (_, n) => trackOf(`E${n}`));
    const outcomes = await klaviyo.run(...good.slice(0, 20), bad, ...good.slice(20));
    expect(outcomes[20]).toEqual({
      kind: 'refused',
      reason: 'request_refused',
      errorCode: 'invalid',
      pointer: '/data/attributes/time',
      operation: 'POST /api/events',
    });
    expect(outcomes.filter((outcome) => outcome?.kind === 'delivered').length).toBe(40);
    expect(klaviyo.recorded().length).toBe(40);
  });
});

describe('credentials that Klaviyo refuses', () => {
  test('hold every job, after few calls', async () => {
    const accounts = [{ id: 'AcCt01', privateKeys: [{ key: 'another' }] }];
    await using klaviyo = await setUp({}, { accounts });
    const jobs = Array.from({ length: 1_000 }, (_, n) => trackOf(`E${n}`));
    const outcomes = await klaviyo.run(...jobs);
    expect(outcomes).toEqual(
      jobs.map(() => ({ kind: 'later', waitMs: 300_000, reason: 'connection_held' })),
    );
    expect(klaviyo.simulator.countCalls()).toBeLessThanOrEqual(400);
  });
});

describe('links that cannot be read', () => {
  test('put the jobs back and send nothing', async () => {
    await using klaviyo = await setUp();
    const throttled = Object.assign(new Error('slow down'), { name: 'ThrottlingException' });
    const jobs = [jobOf(orderOf())];
    klaviyo.failLinks(throttled);
    expect(await klaviyo.runJobs(jobs)).toMatchObject([{ kind: 'retry' }]);
    expect(klaviyo.simulator.countCalls()).toBe(0);
  });
});

describe('what an event goes without', () => {
  const withheld = (lines: readonly string[]) =>
    lines.flatMap((line) => {
      const { message, identifier, reason, customerId } = JSON.parse(line);
      return message === 'an identifier was left out' ? [{ identifier, reason, customerId }] : [];
    });

  test('a phone number that is none is told, once the order is recorded by the address', async () => {
    await using klaviyo = await setUp();
    const customer = { customerId: 'c1', email: 'amz1@example.com', phoneNumber: '12345' };
    expect(await klaviyo.run(orderOf({ customer }))).toEqual([delivered]);
    expect(klaviyo.account.profiles()).toMatchObject([{ email: 'amz1@example.com' }]);
    expect(klaviyo.account.profiles()[0]?.phone_number).toBeUndefined();
    expect(withheld(klaviyo.log.lines)).toEqual([
      { identifier: 'phone_number', reason: 'unreadable', customerId: 'c1' },
    ]);
  });

  test('an identifier that Klaviyo refuses is told once for all events of the order', async () => {
    await using klaviyo = await setUp();
    const customer = { customerId: 'c1', email: 'ada@localhost' };
    expect(await klaviyo.run(orderOf({ customer }))).toEqual([delivered]);
    expect(withheld(klaviyo.log.lines)).toEqual([
      { identifier: 'email', reason: 'refused', customerId: 'c1' },
    ]);
  });
});
