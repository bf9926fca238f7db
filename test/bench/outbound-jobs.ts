/** The jobs of the outbound benchmark, and the same work as single requests for the naive consumer. */
import { connectionIdOf, listOf, type NaiveJob } from './outbound-contract.ts';

/** A job body by its number, of the connection of an account. */
export type JobOf = (n: number, account: number) => string;

const emailOf = (n: number) => `person.${n}@example.com`;
const listJob =
  (type: string, personOf: (n: number) => Record<string, unknown>): JobOf =>
  (n, account) =>
    JSON.stringify({
      connectionId: connectionIdOf(account),
      type,
      list: { name: listOf.name },
      person: personOf(n),
    });

/** A customer with one address, as changed so many times. */
export const customerJob =
  (version = 0): JobOf =>
  (n, account) =>
    JSON.stringify({
      connectionId: connectionIdOf(account),
      type: 'customer.upsert',
      customer: {
        customerId: `c${n}`,
        email: `customer.${n}@example.com`,
        firstName: `First ${n}`,
        properties: { version },
      },
    });

export const addJob = listJob('list.add', (n) => ({ customerId: `c${n}` }));
export const subscribeJob = listJob('list.subscribe', (n) => ({ email: emailOf(n) }));

const time = '2026-11-01T12:00:00Z';

export const eventJob: JobOf = (n, account) =>
  JSON.stringify({
    connectionId: connectionIdOf(account),
    type: 'event.track',
    metric: 'Viewed Product',
    uniqueId: `event-${n}`,
    time,
    properties: { ProductName: `Tea ${n}` },
    person: { email: emailOf(n) },
  });

const naive = (account: number, path: string, data: unknown): string =>
  JSON.stringify({ account, path, body: { data } } satisfies NaiveJob);

const profileOf = (n: number, prefix = 'naive', attributes = {}) => ({
  data: { type: 'profile', attributes: { email: `${prefix}.${n}@example.com`, ...attributes } },
});

export const naiveEvent: JobOf = (n, account) =>
  naive(account, '/api/events', {
    type: 'event',
    attributes: {
      time,
      unique_id: `naive-${n}`,
      properties: { ProductName: `Tea ${n}` },
      metric: { data: { type: 'metric', attributes: { name: 'Viewed Product' } } },
      profile: profileOf(n),
    },
  });

export const naiveCustomer: JobOf = (n, account) =>
  naive(
    account,
    '/api/profiles',
    profileOf(n, 'new', { first_name: `First ${n}`, properties: { version: 0 } }).data,
  );

export const naiveSubscribe: JobOf = (n, account) =>
  naive(account, '/api/profile-subscription-bulk-create-jobs', {
    type: 'profile-subscription-bulk-create-job',
    attributes: {
      profiles: {
        data: [
          {
            type: 'profile',
            attributes: {
              email: `naive.${n}@example.com`,
              subscriptions: { email: { marketing: { consent: 'SUBSCRIBED' } } },
            },
          },
        ],
      },
    },
    relationships: { list: { data: { type: 'list', id: listOf.id } } },
  });

/** So many bodies, from a number on, handed round among accounts. */
export const bodiesOf = (
  job: JobOf,
  count: number,
  {
    accounts = [0],
    from = 0,
  }: { readonly accounts?: readonly number[]; readonly from?: number } = {},
): string[] =>
  Array.from({ length: count }, (_, index) =>
    job(from + index, accounts[index % accounts.length] ?? 0),
  );
