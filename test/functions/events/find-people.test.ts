import { describe, expect, test } from 'vitest';
import {
  type KlaviyoSimulatorOptions,
  startKlaviyoSimulator,
} from '../../../local/klaviyo/simulator.ts';
import { KlaviyoRateLimitError } from '../../../shared/klaviyo/index.ts';
import { linkKeys } from '../../../shared/platform/contract/tables.ts';
import { createRefusingPermits } from '../../support/free-permits.ts';
import { createMemorySightings } from '../../support/memory-sightings.ts';
import { orderOf, trackOf } from './event-jobs.ts';
import { type ConsumerOptions, createEventsConsumer } from './events-consumer.ts';

const delivered = { kind: 'delivered' };
const lookUps = 'GET /api/profiles';
const reads = 'GET /api/profiles/{id}';
const dayMs = 24 * 3_600_000;
const newest = { revision: '2026-07-15' };
const idOf = (n: number) => `01${String(n).padStart(24, '0')}`;
const annId = idOf(1);
const ann = { email: 'ann@example.com' };

/** The consumer before a Klaviyo that has Ann; it remembers of nobody whether they are there. */
const setUp = async (
  options: Omit<ConsumerOptions, 'apiUrl' | 'sightings'> = {},
  simulation: KlaviyoSimulatorOptions = {},
) => {
  let nowMs = Date.now();
  const now = () => nowMs;
  const simulator = await startKlaviyoSimulator({
    accounts: [{ privateKeys: [{ key: 'pk_test' }] }],
    rateLimits: 'off',
    delays: { eventMs: 0 },
    ...simulation,
  });
  const { sightings, seen } = createMemorySightings();
  const linked = { c1: annId };
  const consumer = createEventsConsumer({
    apiUrl: simulator.url,
    linked,
    sightings,
    now,
    ...options,
  });
  const account = simulator.account();
  account.seedProfiles([{ id: annId, attributes: ann }]);
  return {
    ...consumer,
    account,
    seen,
    advance: (ms: number) => {
      nowMs += ms;
    },
    calls: (operation: string) =>
      consumer.taken.filter(({ endpoint }) => endpoint === operation).length,
    /** The e-mail addresses of those who have events. */
    owners: () => [
      ...new Set(account.events().map(({ profileId }) => account.profile(profileId)?.email)),
    ],
    [Symbol.asyncDispose]: () => simulator.close(),
  };
};

describe('a profile that is remembered', () => {
  test('is looked up once a day, and the event goes to it', async () => {
    await using klaviyo = await setUp();
    const order = orderOf({ customer: { customerId: 'c1', email: 'old@example.com' } });
    expect(await klaviyo.run(order, order)).toEqual([delivered, delivered]);
    klaviyo.advance(dayMs - 1);
    await klaviyo.run(order);
    expect([klaviyo.calls(lookUps), klaviyo.calls(reads)]).toEqual([1, 0]);
    klaviyo.advance(1);
    await klaviyo.run(order);
    expect(klaviyo.calls(lookUps)).toBe(2);
    expect(klaviyo.owners()).toEqual([ann.email]);
  });

  test('and is gone: the link is forgotten, and the order is on a profile of the address', async () => {
    await using klaviyo = await setUp();
    klaviyo.account.deleteProfile(annId);
    const order = orderOf({ customer: { customerId: 'c1', ...ann } });
    expect(await klaviyo.run(order)).toEqual([delivered]);
    expect(klaviyo.forgotten).toEqual([
      { key: linkKeys.customer('acme/AcCt01', 'c1'), profileId: annId },
    ]);
    expect(klaviyo.owners()).toEqual([ann.email]);
    expect(klaviyo.account.events()).toHaveLength(3);
  });

  test('and is gone, of a customer without an address: the order goes by the external id', async () => {
    await using klaviyo = await setUp();
    klaviyo.account.deleteProfile(annId);
    expect(await klaviyo.run(orderOf({ customer: { customerId: 'c1' } }))).toEqual([delivered]);
    expect(klaviyo.account.profiles()).toMatchObject([{ external_id: 'c1' }]);
    expect(klaviyo.account.events()).toHaveLength(3);
  });

  test('and was merged: the order is the survivor’s, who keeps the address', async () => {
    await using klaviyo = await setUp();
    const survivor = { id: idOf(2), attributes: { email: 'eve@example.com' } };
    klaviyo.account.seedProfiles([survivor]);
    klaviyo.account.mergeProfiles(annId, survivor.id);
    const order = orderOf({ customer: { customerId: 'c1', ...ann } });
    await klaviyo.run(order);
    await klaviyo.run(order);
    expect(klaviyo.owners()).toEqual(['eve@example.com']);
    expect(klaviyo.account.profiles()).toHaveLength(1);
    expect([klaviyo.calls(lookUps), klaviyo.calls(reads)]).toEqual([1, 1]);
  });
});

describe('a profile that the job names', () => {
  const named = (id: string, person: object = {}) =>
    trackOf('u1', { person: { profileId: id, ...person } });

  test('and is gone: the event goes by the addresses beside it', async () => {
    await using klaviyo = await setUp();
    klaviyo.account.deleteProfile(annId);
    expect(await klaviyo.run(named(annId, ann))).toEqual([delivered]);
    expect(klaviyo.owners()).toEqual([ann.email]);
    expect(klaviyo.forgotten).toEqual([]);
  });

  test('and is gone, alone: the event goes to the customer whose profile it was', async () => {
    await using klaviyo = await setUp({ owners: { [annId]: 'c1' } });
    klaviyo.account.deleteProfile(annId);
    expect(await klaviyo.run(named(annId))).toEqual([delivered]);
    expect(klaviyo.account.profiles()).toMatchObject([{ external_id: 'c1' }]);
    expect(klaviyo.account.events()).toHaveLength(1);
  });

  test('and is gone, alone, of nobody: the event is kept as a dead letter', async () => {
    await using klaviyo = await setUp();
    klaviyo.account.deleteProfile(annId);
    expect(await klaviyo.run(named(annId), trackOf('u2'))).toEqual([
      { kind: 'refused', reason: 'unknown_person', pointer: '/person/profileId' },
      delivered,
    ]);
  });

  test('and is no id at all costs nobody else anything', async () => {
    await using klaviyo = await setUp();
    const outcomes = await klaviyo.run(named('no id', ann), named('neither'), named(annId));
    expect(outcomes).toMatchObject([delivered, { reason: 'unknown_person' }, delivered]);
    expect(klaviyo.owners()).toEqual([ann.email]);
  });
});

test('while Klaviyo cannot be asked no event is sent by a remembered id; the others are', async () => {
  const permits = createRefusingPermits(({ endpoint }) =>
    endpoint === lookUps ? new KlaviyoRateLimitError(endpoint, 9_000) : undefined,
  );
  await using klaviyo = await setUp({ permits });
  expect(
    await klaviyo.run(orderOf({ customer: { customerId: 'c1' } }), trackOf('u2')),
  ).toMatchObject([{ kind: 'later', waitMs: 9_000, reason: 'rate_limit' }, delivered]);
  expect(klaviyo.account.events()).toHaveLength(1);
  expect(klaviyo.forgotten).toEqual([]);
});

test.each([404, 410])(
  'a look-up that is refused as a whole (%d), as of a retired revision, makes nobody’s profile gone',
  async (status) => {
    const faults = [{ kind: 'status', status, times: 1 }] as const;
    await using klaviyo = await setUp({}, { faults });
    const [outcome] = await klaviyo.run(orderOf({ customer: { customerId: 'c1' } }));
    expect(outcome).not.toEqual(delivered);
    expect([klaviyo.calls(reads), klaviyo.forgotten]).toEqual([0, []]);
  },
);

test('1,000 events of people whom nobody has seen take 11 calls: 1,100 for 100,000', async () => {
  const people = Array.from({ length: 1_000 }, (_, n) => ({ id: idOf(n + 10), customer: `p${n}` }));
  const linked = Object.fromEntries(people.map(({ id, customer }) => [customer, id]));
  await using klaviyo = await setUp({ linked, settings: newest });
  klaviyo.account.seedProfiles(people.map(({ id }) => ({ id, attributes: {} })));
  const jobs = people.map(({ customer }, n) =>
    trackOf(`u${n}`, { person: { customerId: customer } }),
  );
  expect(new Set(await klaviyo.run(...jobs))).toEqual(new Set([delivered]));
  expect(klaviyo.taken).toHaveLength(11);
  expect(klaviyo.account.events()).toHaveLength(1_000);
});
