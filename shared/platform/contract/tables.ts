/**
 * The three tables of a stage, and the key of each kind of item in them. docs/storage.md has the
 * attributes. A `memoryKey` is `memoryKeyOf(settings)`: what was kept of another account is not even
 * found under it.
 */
import { hashOf } from './hash-of.ts';

/** Holds just the customers of whom something is withheld. */
export const withheldIndex = {
  name: 'withheld',
  partitionKey: 'withheldOf',
  attributes: ['withheld'],
} as const;

/** How each is made: `sorted` ones have the sort key `sk` beside the partition key `pk`. */
export const tables = {
  connections: { sorted: true, timeToLiveAttribute: 'expiresAt' },
  links: { sorted: false, timeToLiveAttribute: 'expiresAt', index: withheldIndex },
  quotas: { sorted: false, timeToLiveAttribute: 'e' },
} as const;

/** Sort keys of the connections table that are looked for without a key. */
export const sortKeys = { settings: 'settings', cursors: 'cursor/' } as const;

/** No connection has an id like this. */
export const forgettingPartition = '#forgetting';

/** What is true of one account alone lies beside the settings of its connection. */
const ofAccount = (sortKey: string, memoryKey: string) => {
  const [pk = '', accountId = ''] = memoryKey.split('/');
  return { pk, sk: `${sortKey}${accountId}` };
};

export const connectionKeys = {
  settings: (connectionId: string) => ({ pk: connectionId, sk: sortKeys.settings }),
  cursor: (memoryKey: string) => ofAccount(sortKeys.cursors, memoryKey),
  lists: (memoryKey: string) => ofAccount('lists/', memoryKey),
  tokenLease: (connectionId: string) => ({ pk: connectionId, sk: 'token-lease' }),
  /** Hashed, as what comes after it: whoever reads the table cannot connect anything. */
  ticket: (ticket: string) => ({ pk: `oauth-ticket#${hashOf(ticket)}`, sk: 'ticket' }),
  consent: (state: string) => ({ pk: `oauth-state#${hashOf(state)}`, sk: 'consent' }),
  forgetting: (memoryKey: string) => ({ pk: forgettingPartition, sk: memoryKey }),
} as const;

/** Addresses are kept as hashes. */
export const linkKeys = {
  customer: (memoryKey: string, customerId: string) => `${memoryKey}#customer#${customerId}`,
  profile: (memoryKey: string, profileId: string) => `${memoryKey}#profile#${profileId}`,
  email: (memoryKey: string, email: string) =>
    `${memoryKey}#email#${hashOf(email.trim().toLowerCase())}`,
  phone: (memoryKey: string, phoneNumber: string) => `${memoryKey}#phone#${hashOf(phoneNumber)}`,
  event: (memoryKey: string, metric: string, uniqueId: string) =>
    `${memoryKey}#event#${hashOf(JSON.stringify([metric, uniqueId]))}`,
  /** That the profile was seen alive: kept for a day or two. */
  seen: (memoryKey: string, profileId: string) => `${memoryKey}#seen#${profileId}`,
  published: (memoryKey: string, profileId: string) => `${memoryKey}#published#${profileId}`,
  /** The decisions about lists, beside a person's profile or address. */
  decisions: (linkKey: string) => `${linkKey}#decisions`,
} as const;

/** The customer's id in the key of a customer's item. */
export const customerIdOf = (memoryKey: string, key: string): string =>
  key.slice(linkKeys.customer(memoryKey, '').length);

export const quotaKeys = {
  ledger: (quotaScope: string, endpoint: string) => `${quotaScope}#${endpoint}`,
  /** Beside a ledger: that it is in use. */
  inUse: (ledgerKey: string) => `${ledgerKey}#in use`,
} as const;
