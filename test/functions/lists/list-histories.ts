/** Histories of list jobs that arrive in any order, come twice, and meet instances that die. */
import fc from 'fast-check';
import { expect } from 'vitest';
import type { Fault } from '../../../local/klaviyo/faults.ts';
import type { ListsMessage } from '../../../shared/jobs/contract/messages.ts';
import type { Job } from '../../../shared/jobs/job.ts';
import { type ListsWorld, type ListsWorldOptions, startListsWorld } from './lists-consumer.ts';

export const minuteMs = 60_000;
export const lists = ['LIST01', 'LIST02'] as const;
type ListId = (typeof lists)[number];
export const names = ['ann', 'bob', 'eve'] as const;
export type Name = (typeof names)[number];
/**
 * Ann is linked and is named in three ways; Bob is known to Klaviyo alone; Eve is linked on the way,
 * and never named by an id alone (decision 0012).
 */
export const people = {
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

export interface Step {
  readonly person: Name;
  readonly namedBy: number;
  readonly type: 'list.add' | 'list.remove' | 'list.subscribe' | 'list.unsubscribe';
  /** Left out: of the whole account. */
  readonly list?: ListId | undefined;
  /** When it happened. */
  readonly minute: number;
  /** @default email */
  readonly channel?: 'email' | 'sms';
  readonly scope?: 'list' | 'everywhere';
  /** Half minutes after which it is received, and again where it comes twice. */
  readonly received: readonly number[];
}

export const step: fc.Arbitrary<Step> = fc.record({
  person: fc.constantFrom(...names),
  namedBy: fc.nat(2),
  type: fc.constantFrom('list.add', 'list.remove', 'list.subscribe', 'list.unsubscribe'),
  list: fc.constantFrom(...lists),
  minute: fc.nat(8),
  received: fc.array(fc.nat(5), { minLength: 1, maxLength: 2 }),
});

/** What happens to one batch after the other: split between two instances, and whether one dies. */
const chance = fc.record({ splitAt: fc.nat(6), dies: fc.boolean() });

export const isOn = ({ type }: Step) => type === 'list.add' || type === 'list.subscribe';

/** In the order in which it happened; at one instant what grants less comes last. */
export const inOrder = (steps: readonly Step[]): Step[] =>
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
    ...(list === undefined ? {} : { list: { id: list } }),
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
  const outcomes = await world.startInstance({ dies })(batch);
  return batch.map((job, index) => {
    const outcome = outcomes[index];
    if (dies) return { dueMs: world.now() + visibilityMs, job };
    if (outcome?.kind === 'later') return { dueMs: world.now() + Math.max(1, outcome.waitMs), job };
    if (outcome?.kind === 'retry') return { dueMs: world.now() + 10_000, job };
    return outcome?.kind ?? 'none';
  });
};

const link = ({ links }: ListsWorld, name: Name) => {
  links.customer(name, people[name].id);
  links.email(`${name}@example.com`, people[name].id);
  links.phone(people[name].phoneNumber, people[name].id);
};

/** Gives out every job at its time, and again for as long as it comes back, until none is left. */
export const drain = async (
  world: ListsWorld,
  { steps, chances, eveLinkedAfter }: History,
  acts: readonly { readonly atMs: number; act(): void }[] = [],
) => {
  const startsAtMs = world.now();
  const ahead = acts.toSorted((a, b) => a.atMs - b.atMs);
  let queue: Waiting[] = steps.flatMap((one) =>
    one.received.map((halves) => ({
      dueMs: startsAtMs + (halves * minuteMs) / 2,
      job: world.jobOf(toMessage(one, startsAtMs)),
    })),
  );
  const ends: string[] = [];
  for (let rounds = 0; queue.length > 0; rounds += 1) {
    expect(rounds).toBeLessThan(500);
    const nextMs = Math.max(world.now(), Math.min(...queue.map(({ dueMs }) => dueMs)));
    while (ahead[0] !== undefined && ahead[0].atMs <= nextMs) {
      const { atMs, act } = ahead.shift() as (typeof ahead)[number];
      world.advance(Math.max(0, atMs - world.now()));
      act();
    }
    world.advance(nextMs - world.now());
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
  for (const { atMs, act } of ahead) {
    world.advance(Math.max(0, atMs - world.now()));
    act();
  }
  return ends;
};

export type Members = readonly (readonly [Name, ListId])[];

export const startWorld = async (
  { members, revision }: History,
  faults: readonly Fault[],
  onCall?: ListsWorldOptions['onCall'],
) => {
  const world = await startListsWorld({
    ...(onCall && { onCall }),
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

const membership = fc.uniqueArray(fc.tuple(fc.constantFrom(...names), fc.constantFrom(...lists)), {
  selector: ([name, list]) => name + list,
});
export const failures: readonly Fault[] = [
  { kind: 'status', status: 503, when: 'after', probability: 0.3 },
  { kind: 'status', status: 429, probability: 0.1 },
  { kind: 'reset', when: 'after', probability: 0.2 },
];

export const histories = <T extends Step>(steps: fc.Arbitrary<T>) =>
  fc.record({
    steps: fc.array(steps, { maxLength: 12 }),
    members: membership,
    chances: fc.array(chance, { maxLength: 10 }),
    /** Half minutes. */
    eveLinkedAfter: fc.nat(8),
    revision: fc.constantFrom('2023-10-15', '2026-07-15'),
  });
export type History = ReturnType<typeof histories<Step>> extends fc.Arbitrary<infer T> ? T : never;

/** The same histories at every run; others by `ORDER_SEED`, more by `ORDER_RUNS`. */
export const runs = {
  numRuns: Number(process.env.ORDER_RUNS ?? 40),
  seed: Number(process.env.ORDER_SEED ?? 1),
};
