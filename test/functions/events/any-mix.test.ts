import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Fault } from '../../../local/klaviyo/faults.ts';
import { startKlaviyoSimulator } from '../../../local/klaviyo/simulator.ts';
import type { EventsMessage } from '../../../shared/jobs/contract/messages.ts';
import type { Job } from '../../../shared/jobs/job.ts';
import { jobOf } from '../../support/job.ts';
import { lineOf, orderOf, trackOf } from './event-jobs.ts';
import { createEventsConsumer } from './events-consumer.ts';

/** Ann is linked, Bob is known by his address alone, and Eve is linked on the way. */
const people = {
  ann: { id: '01ANNAAAAAAAAAAAAAAAAAAAAA', forms: [{ customerId: 'ann' }] },
  bob: { id: '01BBBBBBBBBBBBBBBBBBBBBBBB', forms: [{ email: 'bob@example.com' }] },
  eve: {
    id: '01EVEEEEEEEEEEEEEEEEEEEEEE',
    forms: [
      { customerId: 'eve' },
      { email: 'eve@example.com' },
      { customerId: 'eve', email: 'eve@example.com' },
    ],
  },
} as const;
const names = ['ann', 'bob', 'eve'] as const;

const step = fc.record({
  person: fc.constantFrom(...names),
  namedBy: fc.nat(2),
  kind: fc.constantFrom('order', 'track', 'bad'),
  /** Few, so that some come again. */
  number: fc.nat(6),
  lines: fc.oneof(fc.nat(3), fc.integer({ min: 24, max: 26 })),
  /** Batches after which it is received, and again where it comes twice. */
  received: fc.array(fc.nat(3), { minLength: 1, maxLength: 2 }),
});
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

const history = fc.record({
  steps: fc.array(step, { maxLength: 25, size: 'max' }),
  eveLinkedAfter: fc.nat(4),
  revision: fc.constantFrom('2023-10-15', '2024-05-15', '2026-07-15'),
});
type History = typeof history extends fc.Arbitrary<infer T> ? T : never;

/** The same order of a person has the same lines, whoever names them how. */
const lineIdsOf = (person: string, number: number, steps: readonly Step[]): string[] => {
  const first = steps.find(
    (one) => one.kind === 'order' && one.person === person && one.number === number,
  );
  return Array.from({ length: first?.lines ?? 0 }, (_, line) => `${line}`);
};

const idOf = ({ kind, person, number }: Step): string => `${kind}-${person}-${number}`;

const toMessage = (one: Step, steps: readonly Step[]): EventsMessage => {
  const { forms } = people[one.person];
  const person = forms[one.namedBy % forms.length];
  if (one.kind === 'track') return trackOf(idOf(one), { person });
  if (one.kind === 'bad') return trackOf(idOf(one), { person, time: '1985-01-01T00:00:00Z' });
  const lines = lineIdsOf(one.person, one.number, steps).map((id) => lineOf(id));
  return orderOf({ transactionId: idOf(one), customer: person, lines });
};

/** Profile, metric and unique id of all that has to be in Klaviyo, each once. */
const expectedOf = (steps: readonly Step[]): string[] => {
  const expected = steps.flatMap((one) => {
    const { id } = people[one.person];
    if (one.kind === 'bad') return [];
    if (one.kind === 'track') return [`${id} Refunded Order ${idOf(one)}`];
    const lineIds = lineIdsOf(one.person, one.number, steps);
    return [
      `${id} Placed Order ${idOf(one)}`,
      ...lineIds.map((line) => `${id} Ordered Product ${idOf(one)}:${line}`),
    ];
  });
  return [...new Set(expected)].toSorted();
};

const seeded = names.map((name) => ({
  id: people[name].id,
  attributes: { email: `${name}@example.com`, external_id: name },
}));

const startWorld = async (revision: string, faults: readonly Fault[]) => {
  const simulator = await startKlaviyoSimulator({
    accounts: [{ id: 'AcCt01', privateKeys: [{ key: 'pk_test' }], profiles: seeded }],
    rateLimits: 'off',
    delays: { eventMs: 0 },
    faults,
  });
  const linked: Record<string, string> = { ann: people.ann.id };
  const consumer = createEventsConsumer({
    apiUrl: simulator.url,
    settings: { revision },
    linked,
  });
  return { simulator, linked, consumer, [Symbol.asyncDispose]: () => simulator.close() };
};

/** Gives out every job until it is over; resolves to the ends by the ids of the jobs' events. */
const drain = async (
  { linked, consumer }: Awaited<ReturnType<typeof startWorld>>,
  { steps, eveLinkedAfter }: History,
) => {
  let waiting = steps.flatMap((one) =>
    one.received.map((round) => ({ round, one, job: jobOf(toMessage(one, steps)) })),
  );
  const ends = new Set<string>();
  for (let round = 0; waiting.length > 0; round += 1) {
    expect(round).toBeLessThan(100);
    if (round >= eveLinkedAfter) linked.eve = people.eve.id;
    const due = waiting.filter((entry) => entry.round <= round);
    waiting = waiting.filter((entry) => entry.round > round);
    const jobs: Job<EventsMessage>[] = due.map(({ job }) => job);
    const outcomes = await consumer.runJobs(jobs);
    for (const [index, entry] of due.entries()) {
      const kind = outcomes[index]?.kind ?? 'none';
      if (kind === 'later' || kind === 'retry') waiting.push({ ...entry, round: round + 1 });
      else ends.add(`${entry.one.kind} ${kind}`);
    }
  }
  return ends;
};

const failures: readonly Fault[] = [
  { kind: 'status', status: 503, when: 'after', probability: 0.2 },
  { kind: 'status', status: 429, probability: 0.1 },
  { kind: 'reset', when: 'after', probability: 0.1 },
];
/** The same mixes at every run; others by `MIX_SEED`, more by `MIX_RUNS`. */
const runs = {
  numRuns: Number(process.env.MIX_RUNS ?? 12),
  seed: Number(process.env.MIX_SEED ?? 1),
};

describe.each([
  ['a Klaviyo that never fails', []],
  ['calls that fail after they had their effect', failures],
])('of jobs that come in any mix, again and under other names, with %s,', (_, faults) => {
  test('every event is there once, under its person, and none that Klaviyo refuses', async () => {
    await fc.assert(
      fc.asyncProperty(history, async (mix) => {
        await using world = await startWorld(mix.revision, faults);
        const ends = await drain(world, mix);
        const allowed = ['order delivered', 'track delivered', 'bad refused'];
        expect([...ends].filter((end) => !allowed.includes(end))).toEqual([]);
        const recorded = world.simulator
          .account()
          .events()
          .map(({ profileId, metric, uniqueId }) => `${profileId} ${metric.name} ${uniqueId}`);
        expect(recorded.toSorted()).toEqual(expectedOf(mix.steps));
      }),
      runs,
    );
  }, 300_000);
});
