/** A file of jobs as another system might export it, with what goes wrong in practice in it. */
import type {
  CustomersMessage,
  EventsMessage,
  ListsMessage,
} from '../shared/jobs/contract/messages.ts';

type SampleJob = CustomersMessage | ListsMessage | EventsMessage;

const connectionId = 'acme';
/** Of another connection, which has yet to be added. */
const outletId = 'outlet';

const customerCount = 500;
const outletCount = 25;
const subscriberCount = 474;
const orderCount = 1_000;
const viewCount = 8_000;

const firstNames = ['Zoë', 'José', 'Łukasz', 'Ayşe', 'Nguyễn', 'Bjørk', 'Søren', '小林', 'Ирина'];
const products = ['Thé noir', 'Crème brûlée', 'Stroopwafel', 'Piñata', 'Ærø rum'];

const pick = <T>(values: readonly T[], index: number): T => values[index % values.length] as T;
const range = (count: number) => Array.from({ length: count }, (_, index) => index);
const minutes = (index: number): string =>
  new Date(Date.UTC(2026, 1, 1) + index * 60_000).toISOString();
const emailOf = (index: number): string => `shopper${index % customerCount}@example.com`;

const upsert = (owner: string, index: number): SampleJob => ({
  connectionId: owner,
  type: 'customer.upsert',
  occurredAt: minutes(index),
  customer: {
    customerId: `C-${index}`,
    email: emailOf(index),
    firstName: pick(firstNames, index),
    properties: { loyaltyPoints: (index * 37) % 1_000 },
  },
});

const subscribe = (list: string, index: number): SampleJob => ({
  connectionId,
  type: 'list.subscribe',
  occurredAt: minutes(customerCount + index),
  list: { name: list },
  person: { email: emailOf(index) },
});

const order = (index: number): SampleJob => {
  const unitPrice = 2.5 * (1 + (index % 4));
  return {
    connectionId,
    type: 'transaction.placed',
    transaction: {
      transactionId: `order-${index}`,
      placedAt: minutes(10 * index),
      total: 2 * unitPrice,
      currency: 'EUR',
      customer: { email: emailOf(index * 13) },
      lines: [{ lineId: '1', name: pick(products, index), quantity: 2, unitPrice }],
    },
  };
};

const view = (index: number): SampleJob => ({
  connectionId,
  type: 'event.track',
  metric: 'Viewed Product',
  uniqueId: `view-${index}`,
  time: minutes(index),
  properties: { product: pick(products, index) },
  person: { email: emailOf(index * 7) },
});

/** What a hurried export does to a line: the first line is 1. */
const breakages: ReadonlyMap<number, readonly [from: string, to: string]> = new Map([
  [118, ['"email"', '"emial"']],
  [341, ['@', '']],
  [702, ['list.subscribe', 'list.subscribed']],
  [1500, ['2026-02-04', '2026-02-30']],
  [4077, ['","metric"', '""metric"']],
]);

/** The lines of the file: 10,000, of which five cannot be sent, and 26 will end as dead letters. */
export const sampleLines = (): string[] =>
  [
    ...range(customerCount).map((index) => upsert(connectionId, index)),
    ...range(outletCount).map((index) => upsert(outletId, index)),
    ...range(subscriberCount).map((index) => subscribe('Newsletter', index)),
    subscribe('Newsleter', subscriberCount),
    ...range(orderCount).map(order),
    ...range(viewCount).map(view),
  ].map((job, index) => {
    const [from, to] = breakages.get(index + 1) ?? ['', ''];
    return JSON.stringify(job).replace(from, to);
  });
