import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Fault } from '../../../local/klaviyo/faults.ts';
import type { ListsMessage } from '../../../shared/contracts/messages.ts';
import type { Job } from '../../../shared/runtime/job.ts';
import { type ListsWorld, startListsWorld } from './lists-consumer.ts';

const minuteMs = 60_000;
const lists = ['LIST01', 'LIST02'] as const;
type ListId = (typeof lists)[number];
const names = ['ann', 'bob', 'eve'] as const;
type Name = (typeof names)[number];
/**
 * Ann is linked and is named in three ways; Bob is known to Klaviyo alone; Eve is linked on the way,
 * and never named by an id alone (decision 0012).
 */
const people = {
  ann: {
    id: '01ANNAAAAAAAAAAAAAAAAAAAAA',
    phoneNumber: '+31201234561',
    namedBy: [
      { profileId: '01ANNAAAAAAAAAAAAAAAAAAAAA' },
      { customerId: 'ann' },
      { email: 'ann@example.com' },
    ],
  },
  bob: {
    id: '01BBBBBBBBBBBBBBBBBBBBBBBB',
    phoneNumber: '+31201234562',
    namedBy: [{ email: 'bob@example.com' }],
  },
  eve: {
    id: '01EVEEEEEEEEEEEEEEEEEEEEEE',
    phoneNumber: '+31201234563',
    namedBy: [
      { email: 'eve@example.com' },
      { customerId: 'eve', email: 'eve@example.com' },
      { profileId: '01EVEEEEEEEEEEEEEEEEEEEEEE', email: 'eve@example.com' },
    ],
  },
} as const;

interface Step {
  readonly person: Name;
  readonly namedBy: number;
  readonly type: 'list.add' | 'list.remove' | 'list.subscribe' | 'list.unsubscribe';
  readonly list: ListId;
  /** When it happened. */
  readonly minute: number;
  /** @default email */
  readonly channel?: 'email' | 'sms';
  readonly scope?: 'list' | 'everywhere';
  /** Half minutes after which it is received, and again where it comes twice. */
  readonly received: readonly number[];
}

const step: fc.Arbitrary<Step> = fc.record({
  person: fc.constantFrom(...names),
  namedBy: fc.nat(2),
  type: fc.constantFrom('list.add', 'list.remove', 'list.subscribe', 'list.unsubscribe'),
  list: fc.constantFrom(...lists),
  minute: fc.nat(8),
  received: fc.array(fc.nat(5), { minLength: 1, maxLength: 2 }),
});

/** The same on two channels, and with unsubscriptions from everything. */
const anyStep: fc.Arbitrary<Step> = fc
  .record({
    one: step,
    channel: fc.constantFrom<'email' | 'sms'>('email', 'sms'),
    scope: fc.constantFrom<'list' | 'everywhere'>('list', 'everywhere'),
  })
  .map(({ one, ...rest }) => ({ ...one, ...rest }));

/** What happens to one batch after the other: split between two instances, and whether one dies. */
const chance = fc.record({ splitAt: fc.nat(6), dies: fc.boolean() });

const isOn = ({ type }: Step) => type === 'list.add' || type === 'list.subscribe';

/** In the order in which it happened; at one instant what grants less comes last. */
const inOrder = (steps: readonly Step[]): Step[] =>
  steps.toSorted((a, b) => a.minute - b.minute || Number(isOn(b)) - Number(isOn(a)));

const toMessage = (one: Step, startsAtMs: number) => {
  const { person, namedBy, type, list, minute, channel = 'email', scope } = one;
  const { phoneNumber } = people[person];
  const byEmail = people[person].namedBy;
  const byNumber = byEmail.map(({ email: _, ...rest }: { readonly email?: string }) => ({
    ...(person === 'eve' ? rest : {}),
    phoneNumber,
  }));
  const forms = channel === 'sms' ? byNumber : byEmail;
  return {
    type,
    list: { id: list },
    person: forms[namedBy % forms.length],
    occurredAt: new Date(startsAtMs - (10 - minute) * minuteMs).toISOString(),
    ...(/subscribe$/.test(type) ? { channels: [channel] } : {}),
    ...(type === 'list.unsubscribe' ? { scope } : {}),
  };
};

interface Waiting {
  readonly dueMs: number;
  readonly job: Job<ListsMessage>;
}

/** After the visibility timeout SQS gives out again what a dead instance had. */
const visibilityMs = 360_000;

/** One instance's batch; resolves to what comes back, and the ends of the rest. */
const receive = async (world: ListsWorld, batch: readonly Job<ListsMessage>[], dies: boolean) => {
  const fates = await world.startInstance({ dies })(batch);
  return batch.map((job, index) => {
    const fate = fates[index];
    if (dies) return { dueMs: world.now() + visibilityMs, job };
    if (fate?.kind === 'later') return { dueMs: world.now() + Math.max(1, fate.waitMs), job };
    if (fate?.kind === 'retry') return { dueMs: world.now() + 10_000, job };
    return fate?.kind ?? 'none';
  });
};

const link = ({ links }: ListsWorld, name: Name) => {
  links.customer(name, people[name].id);
  links.email(`${name}@example.com`, people[name].id);
  links.phone(people[name].phoneNumber, people[name].id);
};

/** Gives out every job at its time, and again for as long as it comes back, until none is left. */
const drain = async (world: ListsWorld, { steps, chances, eveLinkedAfter }: History) => {
  const startsAtMs = world.now();
  let queue: Waiting[] = steps.flatMap((one) =>
    one.received.map((halves) => ({
      dueMs: startsAtMs + (halves * minuteMs) / 2,
      job: world.jobOf(toMessage(one, startsAtMs)),
    })),
  );
  const ends: string[] = [];
  for (let rounds = 0; queue.length > 0; rounds += 1) {
    expect(rounds).toBeLessThan(500);
    world.advance(Math.max(0, Math.min(...queue.map(({ dueMs }) => dueMs)) - world.now()));
    if (world.now() >= startsAtMs + (eveLinkedAfter * minuteMs) / 2) link(world, 'eve');
    const due = queue.filter(({ dueMs }) => dueMs <= world.now()).map(({ job }) => job);
    queue = queue.filter(({ dueMs }) => dueMs > world.now());
    const { splitAt = 0, dies = false } = chances[rounds] ?? {};
    const results = await Promise.all([
      receive(world, due.slice(0, splitAt), false),
      receive(world, due.slice(splitAt), dies),
    ]);
    for (const result of results.flat())
      if (typeof result === 'string') ends.push(result);
      else queue.push(result);
    for (const { body, delaySeconds = 0 } of world.published.splice(0))
      queue.push({
        dueMs: world.now() + delaySeconds * 1_000,
        job: world.jobOf(JSON.parse(body)),
      });
  }
  return ends;
};

type Members = readonly (readonly [Name, ListId])[];

const startWorld = async ({ members, revision }: History, faults: readonly Fault[]) => {
  const world = await startListsWorld({
    settings: { revision },
    account: {
      lists: lists.map((id) => ({ id, name: id })),
      profiles: names.map((name) => ({
        id: people[name].id,
        attributes: { email: `${name}@example.com`, phone_number: people[name].phoneNumber },
        lists: members.filter(([member]) => member === name).map(([, list]) => list),
      })),
    },
    delays: { subscriptionMs: 40_000 },
  });
  link(world, 'ann');
  world.klaviyo.setFaults(faults);
  return world;
};

/** What holds in the end: the last word about each list, and a subscription that nothing followed. */
const checkPerson = (world: ListsWorld, name: Name, steps: readonly Step[], members: Members) => {
  const own = inOrder(steps.filter(({ person }) => person === name));
  const profile = world.account.profile(people[name].id);
  const wasOn = (list: ListId) => members.some(([who, where]) => who === name && where === list);
  const isExpected = (list: ListId) => {
    const last = own.findLast((one) => one.list === list);
    return last === undefined ? wasOn(list) : isOn(last);
  };
  expect(profile?.lists.toSorted()).toEqual(lists.filter(isExpected));
  const isSubscribed = (list: ListId) =>
    own.findLast((one) => one.list === list && /subscribe$/.test(one.type))?.type ===
    'list.subscribe';
  // Never unsubscribed from everything by accident.
  expect(profile?.consent.email).not.toBe('UNSUBSCRIBED');
  if (lists.some(isSubscribed)) expect(profile?.consent.email).toBe('SUBSCRIBED');
};

const membership = fc.uniqueArray(fc.tuple(fc.constantFrom(...names), fc.constantFrom(...lists)), {
  selector: ([name, list]) => name + list,
});
const failures: readonly Fault[] = [
  { kind: 'status', status: 503, when: 'after', probability: 0.3 },
  { kind: 'status', status: 429, probability: 0.1 },
  { kind: 'reset', when: 'after', probability: 0.2 },
];

const histories = <T extends Step>(steps: fc.Arbitrary<T>) =>
  fc.record({
    steps: fc.array(steps, { maxLength: 12 }),
    members: membership,
    chances: fc.array(chance, { maxLength: 10 }),
    /** Half minutes. */
    eveLinkedAfter: fc.nat(8),
    revision: fc.constantFrom('2023-10-15', '2026-07-15'),
  });
type History = ReturnType<typeof histories<Step>> extends fc.Arbitrary<infer T> ? T : never;

/** The same histories at every run; others by `ORDER_SEED`, more by `ORDER_RUNS`. */
const runs = {
  numRuns: Number(process.env.ORDER_RUNS ?? 40),
  seed: Number(process.env.ORDER_SEED ?? 1),
};

describe.each([
  ['a Klaviyo that never fails', []],
  ['calls that fail after they had their effect', failures],
])('in whatever order jobs arrive, with instances that die and %s,', (_, faults) => {
  test('the last word about each list holds, and nobody loses another consent', async () => {
    await fc.assert(
      fc.asyncProperty(histories(step), async (history) => {
        const { steps, members } = history;
        await using world = await startWorld(history, faults);
        const ends = await drain(world, history);
        expect(ends.filter((end) => end !== 'delivered' && end !== 'superseded')).toEqual([]);
        world.account.settle();
        for (const name of names) checkPerson(world, name, steps, members);
      }),
      runs,
    );
  }, 600_000);

  test('the last consent holds, whatever was said before of whichever list', async () => {
    await fc.assert(
      fc.asyncProperty(histories(anyStep), async (history) => {
        const { steps } = history;
        await using world = await startWorld(history, faults);
        await drain(world, history);
        world.account.settle();
        for (const name of names)
          for (const channel of ['email', 'sms'] as const) {
            const consents = steps.filter(
              (one) =>
                one.person === name && one.channel === channel && /subscribe$/.test(one.type),
            );
            const last = inOrder(consents).at(-1);
            const state = world.account.profile(people[name].id)?.consent[channel];
            if (last?.type === 'list.subscribe') expect(state).toBe('SUBSCRIBED');
            else if (last?.scope === 'everywhere') expect(state).toBe('UNSUBSCRIBED');
          }
      }),
      runs,
    );
  }, 600_000);
});
