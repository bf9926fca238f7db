import { describe, expect, test } from 'vitest';
import { startKlaviyoSimulator } from '../../../local/klaviyo/simulator.ts';
import {
  type EventConfirm,
  type EventsMessage,
  eventConfirm,
  eventsMessage,
  maxMessageBytes,
} from '../../../shared/jobs/contract/messages.ts';
import { jobOf } from '../../support/job.ts';
import { lineOf, orderOf, trackOf } from './event-jobs.ts';
import { type ConsumerOptions, createEventsConsumer } from './events-consumer.ts';

const delivered = { kind: 'delivered' };
const minuteMs = 60_000;
const sentAtMs = Date.UTC(2026, 10, 23, 8);

/** A connection that confirms, before a Klaviyo that needs a while for the events it accepts. */
const setUp = async (options: Omit<ConsumerOptions, 'apiUrl'> = {}, settings = {}) => {
  let nowMs = sentAtMs;
  const simulator = await startKlaviyoSimulator({
    accounts: [{ id: 'AcCt01', privateKeys: [{ key: 'pk_test' }] }],
    rateLimits: 'off',
    delays: { eventMs: 5 * minuteMs },
    nowMs: () => nowMs,
  });
  const consumer = createEventsConsumer({
    apiUrl: simulator.url,
    settings: { confirmEvents: true, ...settings },
    now: () => nowMs,
    ...options,
  });
  /** The messages asked for so far, as they come back from the queue. */
  const asked = () => consumer.published.map(({ body }) => eventConfirm.parse(JSON.parse(body)));
  /** Looks so long after the events were accepted. */
  const look = async (afterMs: number, messages: readonly EventConfirm[] = asked()) => {
    nowMs = sentAtMs + afterMs;
    return consumer.runJobs(messages.map((one) => jobOf(one, { firstSentAtMs: sentAtMs })));
  };
  /** What was counted since. */
  const counted = () => {
    consumer.log.metrics.flush();
    const lines = consumer.log.lines.splice(0).map((line) => JSON.parse(line));
    return Object.assign({}, ...lines.filter((line) => '_aws' in line));
  };
  return {
    ...consumer,
    simulator,
    account: simulator.account(),
    asked,
    look,
    counted,
    [Symbol.asyncDispose]: () => simulator.close(),
  };
};

describe('asking for a confirmation', () => {
  test('puts a message on the events queue itself, to be read a minute later', async () => {
    await using klaviyo = await setUp({ linked: { c1: '01A' } });
    expect(await klaviyo.run(orderOf())).toEqual([delivered]);
    expect(klaviyo.published).toMatchObject([{ groupId: 'acme', delaySeconds: 60 }]);
    expect(klaviyo.asked()).toEqual([
      {
        connectionId: 'acme',
        type: 'event.confirm',
        person: {
          profileId: '01A',
          customerId: 'c1',
          email: 'ann@example.com',
          externalId: 'c1',
        },
        time: '2026-11-01T12:00:00Z',
        events: [
          { metric: 'Placed Order', uniqueId: 'T1' },
          { metric: 'Ordered Product', uniqueId: 'T1:1' },
          { metric: 'Ordered Product', uniqueId: 'T1:2' },
        ],
      },
    ]);
  });

  test('is valid on the queue for every kind of person', async () => {
    await using klaviyo = await setUp();
    await klaviyo.run(
      trackOf('E1', { person: { phoneNumber: '+31201234567' } }),
      trackOf('E2', { person: { profileId: '01A' } }),
      orderOf({ customer: { customerId: 'c1', externalId: 'x1', firstName: 'Ann' } }),
    );
    const parsed = klaviyo.published.map(({ body }) => eventsMessage.safeParse(JSON.parse(body)));
    expect(parsed.map(({ success }) => success)).toEqual([true, true, true]);
  });

  test('stays within one message’s size however many lines there are', async () => {
    await using klaviyo = await setUp({}, { revision: '2026-07-15' });
    const transactionId = 'T'.repeat(255);
    const lines = Array.from({ length: 1_100 }, (_, n) => lineOf(`${n}${'x'.repeat(240)}`));
    await klaviyo.run(orderOf({ transactionId, lines }));
    const sizes = klaviyo.published.map(({ body }) => Buffer.byteLength(body));
    expect(klaviyo.asked().map(({ events }) => events.length)).toEqual([500, 500, 101]);
    expect(Math.max(...sizes)).toBeLessThan(maxMessageBytes);
  });

  test('is not done for a connection that does not want it, nor for what was not delivered', async () => {
    await using klaviyo = await setUp({}, { confirmEvents: false });
    await klaviyo.run(orderOf());
    await using refusing = await setUp();
    await refusing.run(trackOf('BAD', { time: '1985-01-01T00:00:00Z' }));
    expect([...klaviyo.published, ...refusing.published]).toEqual([]);
  });

  test('that fails sends the job again, which counts once all the same', async () => {
    await using klaviyo = await setUp({ publishFails: new Set([1]) });
    const outcomes = await klaviyo.run(orderOf(), orderOf({ transactionId: 'T2' }));
    expect(outcomes).toEqual([delivered, { kind: 'retry', errorCode: 'ConfirmationNotAskedFor' }]);
  });
});

describe('a confirmation', () => {
  test('keeps Klaviyo’s ids of the events once they have appeared', async () => {
    await using klaviyo = await setUp();
    await klaviyo.run(orderOf(), trackOf('R1'));
    expect((await klaviyo.look(6 * minuteMs)).map((outcome) => outcome?.kind)).toEqual([
      'delivered',
      'delivered',
    ]);
    const recorded = klaviyo.account
      .events()
      .map(({ id, metric, uniqueId }) => ({ metric: metric.name, uniqueId, eventId: id }));
    expect(klaviyo.confirmed).toHaveLength(4);
    expect(klaviyo.confirmed).toEqual(expect.arrayContaining(recorded));
    expect(klaviyo.counted()).toMatchObject({ EventsConfirmed: 4 });
  });

  test('takes one look at the events for a whole transaction', async () => {
    await using klaviyo = await setUp();
    const lines = Array.from({ length: 300 }, (_, n) => lineOf(String(n)));
    await klaviyo.run(orderOf({ lines }));
    await klaviyo.look(6 * minuteMs);
    // 301 events are two pages of 200.
    expect(klaviyo.simulator.countCalls({ endpoint: 'GET /api/events' })).toBe(2);
    expect(klaviyo.confirmed.length).toBe(301);
  });

  test('looks again, each time after twice as long, while the events have not appeared', async () => {
    await using klaviyo = await setUp();
    await klaviyo.run(orderOf());
    const later = (minutes: number) => [
      { kind: 'later', waitMs: minutes * minuteMs, reason: 'awaiting_event' },
    ];
    expect(await klaviyo.look(30_000)).toEqual(later(1));
    expect(await klaviyo.look(minuteMs)).toEqual(later(1));
    expect(await klaviyo.look(2 * minuteMs)).toEqual(later(2));
    expect(await klaviyo.look(4 * minuteMs)).toEqual(later(4));
    expect(await klaviyo.look(8 * minuteMs)).toEqual([delivered]);
  });

  test('raises the counter for events that never appear, and ends', async () => {
    await using klaviyo = await setUp();
    await klaviyo.run(orderOf());
    klaviyo.counted();
    const missing = orderOf({ transactionId: 'T9' });
    const [asked] = klaviyo.asked();
    if (asked === undefined) throw new Error('nothing was asked for');
    const never = { ...asked, events: [{ metric: missing.type, uniqueId: 'T9' }, ...asked.events] };
    expect(await klaviyo.look(16 * minuteMs, [never])).toEqual([delivered]);
    const lines = klaviyo.log.lines.join('\n');
    expect(klaviyo.counted()).toMatchObject({ EventsConfirmed: 3, EventsNotConfirmed: 1 });
    expect(lines).toContain('never appeared');
    expect(lines).not.toContain('example.com');
  });

  test.each<[string, Record<string, unknown>, Record<string, unknown>]>([
    ['e-mail address', { email: 'ann+1@example.com' }, { email: 'ann+1@example.com' }],
    ['number', { phoneNumber: '+31201234567' }, { phone_number: '+31201234567' }],
    ['external id', { customerId: 'c1' }, { external_id: 'c1' }],
  ])('finds a person known only by %s', async (_, person, attributes) => {
    await using klaviyo = await setUp();
    klaviyo.account.seedProfiles([{ attributes }]);
    await klaviyo.run(trackOf('E1', { person }));
    expect(await klaviyo.look(6 * minuteMs)).toEqual([delivered]);
    expect(klaviyo.confirmed.map(({ uniqueId }) => uniqueId)).toEqual(['E1']);
  });

  test('waits on where Klaviyo does not know the person yet', async () => {
    await using klaviyo = await setUp();
    await klaviyo.run(trackOf('E1'));
    const [outcome] = await klaviyo.look(minuteMs);
    expect(outcome).toMatchObject({ kind: 'later', reason: 'awaiting_event' });
    expect(klaviyo.simulator.countCalls({ endpoint: 'GET /api/events' })).toBe(0);
  });

  test('is not pursued once the connection no longer wants it', async () => {
    await using klaviyo = await setUp({}, { confirmEvents: false });
    const message: EventsMessage = {
      connectionId: 'acme',
      type: 'event.confirm',
      person: { profileId: '01A' },
      time: '2026-11-01T12:00:00Z',
      events: [{ metric: 'Placed Order', uniqueId: 'T1' }],
    };
    expect(await klaviyo.run(message)).toEqual([{ kind: 'superseded', by: 'setting' }]);
    expect(klaviyo.simulator.countCalls()).toBe(0);
  });

  test('whose look fails comes back as any job does', async () => {
    await using klaviyo = await setUp();
    await klaviyo.run(trackOf('E1', { person: { profileId: '01A' } }));
    klaviyo.simulator.setFaults([{ kind: 'status', status: 503 }]);
    expect(await klaviyo.look(minuteMs)).toMatchObject([
      { kind: 'retry', operation: 'GET /api/events' },
    ]);
  });
});
