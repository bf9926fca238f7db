/** A shop to try the bridge with: always the same jobs, so that every run can be checked. */
import type {
  Customer,
  CustomersMessage,
  EventsMessage,
  ListsMessage,
  Transaction,
} from '../shared/jobs/contract/messages.ts';

export interface SampleShop {
  /** Message bodies for each job queue, in the order of sending. */
  readonly jobs: {
    readonly customers: readonly string[];
    readonly lists: readonly string[];
    readonly events: readonly string[];
  };
  /** Customers whom Klaviyo knows before the first job. */
  readonly knownBefore: readonly { readonly email: string; readonly firstName: string }[];
  /** The lists that the account has to have. */
  readonly listNames: readonly string[];
  /** How many of the jobs are broken on purpose. */
  readonly brokenJobs: number;
}

const customerCount = 500;
const transactionCount = 300;
const mostLines = 6;
const newsletter = 'Newsletter ✉️';
const formerCustomers = 'Clients d’été';

const firstNames = [
  ...['Zoë', 'José', 'Łukasz', 'Ayşe', 'Nguyễn', 'Bjørk', 'Anaïs', 'Søren', '小林', 'Ирина'],
  ...['Ann 🌻', 'Ümit'],
];
const lastNames = [
  ...['Müller', 'García', 'Kowalczyk', 'Yılmaz', 'Văn', 'Jónsdóttir', 'Lefèvre', 'Ødegård'],
  ...['美咲', 'Соколова', 'O’Neill', '👩‍🚀 Star'],
];
const cities = ['Delft', 'Málaga', 'Łódź', 'İzmir', 'Huế', 'Reykjavík', 'Besançon', 'Tromsø'];
const products = ['Thé noir', 'Crème brûlée', '寿司 set', 'Stroopwafel', 'Piñata', 'Ærø rum'];

const pick = <T>(values: readonly T[], index: number): T => values[index % values.length] as T;
const minutes = (index: number): string =>
  new Date(Date.UTC(2026, 0, 1) + index * 60_000).toISOString();

const customerAt = (index: number): Customer => ({
  customerId: `customer-${index}`,
  // Every fiftieth shares an address with the one before: a couple with one mailbox.
  email: `shopper${index % 50 === 49 ? index - 1 : index}@example.com`,
  phoneNumber: `+316${10_000_000 + index}`,
  firstName: pick(firstNames, index),
  lastName: pick(lastNames, index * 7),
  location: { city: pick(cities, index), country: 'NL' },
  properties: { loyaltyPoints: (index * 37) % 1_000, favourite: pick(products, index) },
});

const transactionAt = (index: number): Transaction => {
  const { customerId, email } = customerAt((index * 13) % customerCount);
  const lines = Array.from({ length: 1 + (index % mostLines) }, (_, line) => ({
    lineId: `${line + 1}`,
    sku: `SKU-${(index + line) % products.length}`,
    name: pick(products, index + line),
    quantity: 1 + (line % 3),
    unitPrice: 2.5 * (1 + ((index + line) % 4)),
    categories: ['Food'],
  }));
  const total = lines.reduce((sum, { quantity, unitPrice }) => sum + quantity * unitPrice, 0);
  const customer = { customerId, ...(email ? { email } : {}) };
  const placedAt = minutes(index);
  return { transactionId: `order-${index}`, placedAt, total, currency: 'EUR', customer, lines };
};

/** Jobs as they go wrong in practice: each ends in the dead letters with its reason and field. */
const brokenCustomers = (connectionId: string): string[] => {
  const upsert = { connectionId, type: 'customer.upsert' };
  return [
    '{"connectionId": "demo", "type": ',
    JSON.stringify({ ...upsert, customer: { customerId: 'broken-1', email: 'no address' } }),
    JSON.stringify({ ...upsert, customer: { customerId: 'broken-2', emial: 'typo@example.com' } }),
    JSON.stringify({ ...upsert, customer: { email: 'nobody@example.com' } }),
    JSON.stringify({ ...upsert, connectionId: 'nowhere', customer: { customerId: 'broken-4' } }),
  ];
};

const range = (count: number) => Array.from({ length: count }, (_, index) => index);

const customerJobs = (connectionId: string): CustomersMessage[] =>
  range(customerCount).map((index) => ({
    connectionId,
    type: 'customer.upsert',
    occurredAt: minutes(index),
    customer: customerAt(index),
  }));

/** Everybody subscribes to the newsletter, some join the other list, and a few leave again. */
const listJobs = (connectionId: string): ListsMessage[] => {
  const personAt = (index: number) => {
    const { customerId, email } = customerAt(index);
    return { customerId, ...(email ? { email } : {}) };
  };
  const job = (index: number) => ({ connectionId, person: personAt(index) });
  return [
    ...range(200).map((index) => ({
      ...job(index),
      type: 'list.subscribe' as const,
      list: { name: newsletter },
      occurredAt: minutes(index),
      channels: ['email' as const],
    })),
    ...range(100).map((index) => ({
      ...job(index * 3),
      type: 'list.add' as const,
      list: { name: formerCustomers },
      occurredAt: minutes(index),
    })),
    ...range(10).map((index) => ({
      ...job(index * 3),
      type: 'list.remove' as const,
      list: { name: formerCustomers },
      occurredAt: minutes(1_000 + index),
    })),
    { ...job(1), type: 'list.add', list: { name: 'No such list' } },
  ];
};

const eventJobs = (connectionId: string): EventsMessage[] =>
  range(transactionCount).map((index) => ({
    connectionId,
    type: 'transaction.placed',
    transaction: transactionAt(index),
  }));

const bodies = (jobs: readonly unknown[]): string[] => jobs.map((job) => JSON.stringify(job));

/** The jobs of a shop, of whose customers one in ten is in Klaviyo already. */
export const createSampleShop = (connectionId: string): SampleShop => {
  const customers = bodies(customerJobs(connectionId));
  const broken = brokenCustomers(connectionId);
  const half = customerCount / 2;
  return {
    jobs: {
      customers: [...customers.slice(0, half), ...broken, ...customers.slice(half)],
      lists: bodies(listJobs(connectionId)),
      events: bodies(eventJobs(connectionId)),
    },
    knownBefore: range(customerCount)
      .filter((index) => index % 10 === 3)
      .map(customerAt)
      .map(({ email, firstName }) => ({ email: email ?? '', firstName: firstName ?? '' })),
    listNames: [newsletter, formerCustomers],
    brokenJobs: broken.length + 1,
  };
};
