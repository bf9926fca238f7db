/** A shop to try the bridge with: always the same customers, so that every run can be checked. */
import type { Customer, CustomerUpsert } from '../shared/contracts/messages.ts';

export interface SampleShop {
  /** Message bodies for the queue `customers`, in the order of sending. */
  readonly customerJobs: readonly string[];
  /** Customers whom Klaviyo knows before the first job. */
  readonly knownBefore: readonly { readonly email: string; readonly firstName: string }[];
  /** How many of the jobs are broken on purpose. */
  readonly brokenJobs: number;
}

const firstNames = [
  'Zoë',
  'José',
  'Łukasz',
  'Ayşe',
  'Nguyễn',
  'Bjørk',
  'Anaïs',
  'Søren',
  '小林',
  'Ирина',
  'Ann 🌻',
  'Ümit',
];
const lastNames = [
  'Müller',
  'García',
  'Kowalczyk',
  'Yılmaz',
  'Văn',
  'Jónsdóttir',
  'Lefèvre',
  'Ødegård',
  '美咲',
  'Соколова',
  'O’Neill',
  '👩‍🚀 Star',
];
const cities = ['Delft', 'Málaga', 'Łódź', 'İzmir', 'Huế', 'Reykjavík', 'Besançon', 'Tromsø'];

const pick = <T>(values: readonly T[], index: number): T => values[index % values.length] as T;

const customerAt = (index: number): Customer => ({
  customerId: `customer-${index}`,
  // Every fiftieth shares an address with the one before: a couple with one mailbox.
  email: `shopper${index % 50 === 49 ? index - 1 : index}@example.com`,
  phoneNumber: `+316${String(10_000_000 + index)}`,
  firstName: pick(firstNames, index),
  lastName: pick(lastNames, index * 7),
  location: { city: pick(cities, index), country: 'NL' },
  properties: {
    loyaltyPoints: (index * 37) % 1_000,
    favourite: pick(['tea ☕', 'crème', '寿司'], index),
  },
});

/** Jobs as they go wrong in practice: each ends in the dead letters with its reason and field. */
const brokenBodies = (connectionId: string): string[] => {
  const upsert = { connectionId, type: 'customer.upsert' };
  return [
    '{"connectionId": "demo", "type": ',
    JSON.stringify({ ...upsert, customer: { customerId: 'broken-1', phoneNumber: '06 12345678' } }),
    JSON.stringify({ ...upsert, customer: { customerId: 'broken-2', emial: 'typo@example.com' } }),
    JSON.stringify({ ...upsert, customer: { email: 'nobody@example.com' } }),
    JSON.stringify({ ...upsert, connectionId: 'nowhere', customer: { customerId: 'broken-4' } }),
  ];
};

/** A shop with so many customers, of whom one in ten is in Klaviyo already. */
export const createSampleShop = (connectionId: string, customerCount: number): SampleShop => {
  const customers = Array.from({ length: customerCount }, (_, index) => customerAt(index));
  const broken = brokenBodies(connectionId);
  const upserts = customers.map((customer, index) => {
    const occurredAt = new Date(Date.UTC(2026, 0, 1) + index * 60_000).toISOString();
    const job: CustomerUpsert = { connectionId, type: 'customer.upsert', occurredAt, customer };
    return JSON.stringify(job);
  });
  return {
    customerJobs: [...upserts.slice(0, 250), ...broken, ...upserts.slice(250)],
    knownBefore: customers
      .filter((_, index) => index % 10 === 3)
      .map(({ email, firstName }) => ({ email: email ?? '', firstName: firstName ?? '' })),
    brokenJobs: broken.length,
  };
};
