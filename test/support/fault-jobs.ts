/** Mixed jobs of many shops as fast-check makes them: what happened, and the order it is sent in. */
import fc from 'fast-check';
import type {
  CustomersMessage,
  EventsMessage,
  ListsMessage,
} from '../../shared/jobs/contract/messages.ts';
import { emailOf, everybody, idOf, people, personOf } from './fault-people.ts';

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

const oneOf = (who: readonly number[]) => fc.constantFrom(...who);
const person = oneOf(everybody);
/** Whose events Klaviyo keeps: with a profile it deletes those that it has. */
const lasting = oneOf(everybody.filter((who) => !people.deleted.includes(who)));
const list = fc.constantFrom(...listNames).map((name) => ({ name }));
const amount = fc.integer({ min: 1, max: 9_999 }).map((cents) => cents / 100);
const name = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 12 })
  .map((text) => `${text.trim()}·`);

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
        ...personOf(shop, who),
        firstName,
        lastName,
        location: { city },
        properties: { points },
      },
      ...(change !== undefined && people.members.includes(who)
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

/** A change of consent: to a list, or account-wide. */
const consentJob =
  (
    who: number,
    type: 'list.subscribe' | 'list.unsubscribe',
    channels: ('email' | 'sms')[],
    ref?: { readonly name: string },
  ): ToJob =>
  (shop, _, occurredAt) => {
    const about = ref === undefined ? {} : { list: ref };
    const person = personOf(shop, who);
    return {
      queue: 'lists',
      job: { connectionId: shop, type, occurredAt, ...about, person, channels },
    };
  };

const membershipChange = fc
  .tuple(oneOf(people.members), list, fc.boolean())
  .map(([who, ref, on]) => listJob(who, on ? 'list.add' : 'list.remove', ref));

/** What those say who change their minds is made apart. */
const change = fc.oneof(
  { arbitrary: membershipChange, weight: 6 },
  {
    arbitrary: fc
      .tuple(oneOf(people.subscribers), list)
      .map(([who, ref]) => listJob(who, 'list.subscribe', ref)),
    weight: 3,
  },
  {
    arbitrary: fc
      .tuple(oneOf(people.texters), list)
      .map(([who, ref]) => consentJob(who, 'list.subscribe', ['sms'], ref)),
    weight: 2,
  },
);

const order = fc.tuple(lasting, fc.array(line, { maxLength: 2 })).map(
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

const tracked = fc
  .tuple(lasting, fc.constantFrom('Viewed Product', 'Reviewed Product'), amount)
  .map(
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
    fc.array(snapshot, { minLength: everybody.length, maxLength: everybody.length }),
    fc.array(words, { minLength: people.waverers.length, maxLength: people.waverers.length }),
    list,
  )
  .map(([states, wavering, ref]) => [
    ...states.map((state, who) => upsertOf(who, state)),
    ...wavering.flatMap((types, index) =>
      types.map((type) => listJob(people.waverers[index] ?? 0, type, ref)),
    ),
    // Account-wide: being unsubscribed from everything by SMS takes nobody off a list.
    ...people.fickle.flatMap((who) =>
      (['list.subscribe', 'list.unsubscribe'] as const).map((type) =>
        consentJob(who, type, ['sms']),
      ),
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
