/** Mixed jobs of many shops as fast-check makes them: what happened, and the order it is sent in. */
import fc from 'fast-check';
import type {
  CustomersMessage,
  EventsMessage,
  ListsMessage,
} from '../../shared/jobs/contract/messages.ts';

export type QueueName = 'customers' | 'lists' | 'events';
export type SoundJob = CustomersMessage | ListsMessage | EventsMessage;

export interface FaultJob {
  readonly queue: QueueName;
  readonly shop: string;
  readonly body: string;
  /** Undefined for one that is broken on purpose. */
  readonly job?: SoundJob;
  /** The reason with which a broken one has to end. */
  readonly broken?: string;
}

export const listNames = ['Newsletter', 'Friends ✉️'] as const;

/**
 * People of each shop, by what their list jobs are about. Opposite consents wait a minute for each
 * other, so they are few.
 */
const people = { members: 40, subscribers: 14, waverers: 6 } as const;
const peopleCount = people.members + people.subscribers + people.waverers;

const person = fc.nat(peopleCount - 1);
const list = fc.constantFrom(...listNames).map((name) => ({ name }));
const amount = fc.integer({ min: 1, max: 9_999 }).map((cents) => cents / 100);
const name = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 12 })
  .map((text) => `${text.trim()}·`);

const emailOf = (shop: string, index: number) => `p${index}@${shop}.example`;
const idOf = (index: number) => `customer-${index}`;
const personOf = (shop: string, index: number) => ({ email: emailOf(shop, index) });

const membership = fc.record({ list, on: fc.boolean() });
const snapshot = fc.record({
  firstName: name,
  lastName: name,
  city: name,
  points: fc.nat(9_999),
  membership: fc.option(membership, { freq: 4, nil: undefined }),
});
const line = fc.record({ name, quantity: fc.integer({ min: 1, max: 5 }), unitPrice: amount });

/** What is still to be told of a job: which shop, which number, and when. */
type ToJob = (
  shop: string,
  index: number,
  occurredAt: string,
) => Pick<FaultJob, 'queue' | 'job' | 'broken'> & { readonly body?: string };

const upsertOf =
  (who: number, { firstName, lastName, city, points, membership: change }: Snapshot): ToJob =>
  (shop, _, occurredAt) => ({
    queue: 'customers',
    job: {
      connectionId: shop,
      type: 'customer.upsert',
      occurredAt,
      customer: {
        customerId: idOf(who),
        email: emailOf(shop, who),
        firstName,
        lastName,
        location: { city },
        properties: { points },
      },
      ...(change !== undefined && who < people.members
        ? { lists: change.on ? { join: [change.list] } : { leave: [change.list] } }
        : {}),
    },
  });
type Snapshot = typeof snapshot extends fc.Arbitrary<infer T> ? T : never;

const listJob =
  (who: number, type: ListsMessage['type'], ref: { readonly name: string }): ToJob =>
  (shop, _, occurredAt) => ({
    queue: 'lists',
    job: { connectionId: shop, type, occurredAt, list: ref, person: personOf(shop, who) },
  });

const upsert = fc.tuple(person, snapshot).map(([who, state]) => upsertOf(who, state));

const change = fc.tuple(person, list, fc.boolean()).map(([who, ref, on]) => {
  if (who < people.members) return listJob(who, on ? 'list.add' : 'list.remove', ref);
  // What waverers say is made apart.
  const subscriber = people.members + (who % people.subscribers);
  return listJob(subscriber, 'list.subscribe', ref);
});

const order = fc.tuple(person, fc.array(line, { maxLength: 2 })).map(
  ([who, lines]): ToJob =>
    (shop, index, occurredAt) => ({
      queue: 'events',
      job: {
        connectionId: shop,
        type: 'transaction.placed',
        occurredAt,
        transaction: {
          transactionId: `order-${index}`,
          placedAt: occurredAt,
          total: lines.reduce((sum, { quantity, unitPrice }) => sum + quantity * unitPrice, 0),
          currency: 'EUR',
          customer: { customerId: idOf(who), email: emailOf(shop, who) },
          lines: lines.map((one, number) => ({ ...one, lineId: `${number}` })),
        },
      },
    }),
);

const tracked = fc.tuple(person, fc.constantFrom('Viewed Product', 'Reviewed Product'), amount).map(
  ([who, metric, value]): ToJob =>
    (shop, index, occurredAt) => ({
      queue: 'events',
      job: {
        connectionId: shop,
        type: 'event.track',
        occurredAt,
        metric,
        uniqueId: `${metric} ${index}`,
        value,
        properties: {},
        person: { customerId: idOf(who), email: emailOf(shop, who) },
      },
    }),
);

/** As jobs go wrong in practice; the bodies are all different, so that each can be told. */
const broken = fc.constantFrom<ToJob>(
  (shop, index) => ({
    queue: 'customers',
    broken: 'invalid_json',
    body: `{"connectionId": "${shop}", "number": ${index}, "type": `,
  }),
  (shop, index) => ({
    queue: 'customers',
    broken: 'invalid_message',
    body: JSON.stringify({
      connectionId: shop,
      type: 'customer.upsert',
      customer: { customerId: idOf(index), emial: emailOf(shop, index) },
    }),
  }),
  (_, index, occurredAt) => ({
    queue: 'events',
    broken: 'unknown_connection',
    body: JSON.stringify({
      connectionId: 'nowhere',
      type: 'event.track',
      occurredAt,
      metric: 'Lost',
      uniqueId: `${index}`,
      properties: {},
      person: { customerId: idOf(index) },
    }),
  }),
  (shop, index, occurredAt) => ({
    queue: 'lists',
    broken: 'unknown_list',
    body: JSON.stringify({
      connectionId: shop,
      type: 'list.add',
      occurredAt,
      list: { name: `No such list ${index}` },
      person: personOf(shop, 0),
    }),
  }),
);

/** A subscription and the opposite, or an order about the list: two words wait once for each other. */
const words = fc
  .constantFrom('list.unsubscribe', 'list.remove', 'list.add')
  .map((other) => ['list.subscribe', other] as const);

/** Everybody once, so that list jobs find their people; and the few who waver. */
const foundation = fc
  .tuple(
    fc.array(snapshot, { minLength: peopleCount, maxLength: peopleCount }),
    fc.array(words, { minLength: people.waverers, maxLength: people.waverers }),
    list,
  )
  .map(([states, wavering, ref]) => [
    ...states.map((state, who) => upsertOf(who, state)),
    ...wavering.flatMap((types, index) =>
      types.map((type) => listJob(people.members + people.subscribers + index, type, ref)),
    ),
  ]);

const mixed = fc.oneof(
  { arbitrary: upsert, weight: 20 },
  { arbitrary: change, weight: 30 },
  { arbitrary: order, weight: 25 },
  { arbitrary: tracked, weight: 24 },
  { arbitrary: broken, weight: 1 },
);

const startMs = Date.UTC(2026, 0, 1);

const shuffled = (count: number) => {
  const places = Array.from({ length: count }, (_, index) => index);
  return fc.shuffledSubarray(places, { minLength: count });
};

/** About so many jobs of each shop, in the order of sending, which is not that of happening. */
export const faultJobs = (
  shops: readonly string[],
  jobsPerShop: number,
): fc.Arbitrary<FaultJob[]> => {
  const ofShop = (shop: string) =>
    fc
      .tuple(foundation, fc.array(mixed, { minLength: jobsPerShop, maxLength: jobsPerShop }))
      .map(([first, rest]) => [...first, ...rest].slice(0, jobsPerShop))
      .chain((all) =>
        shuffled(all.length).map((places) =>
          all.map((toJob, index): FaultJob => {
            const occurredAt = new Date(startMs + (places[index] ?? 0) * 1_500).toISOString();
            const made = toJob(shop, index, occurredAt);
            return { ...made, shop, body: made.body ?? JSON.stringify(made.job) };
          }),
        ),
      );
  return fc
    .tuple(...shops.map(ofShop))
    .map((parts) => parts.flat())
    .chain((all) =>
      shuffled(all.length).map((places) => places.map((place) => all[place] as FaultJob)),
    );
};
