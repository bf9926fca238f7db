/**
 * The `links` table: what is remembered of the pairs customer and profile of a connection. Its keys
 * begin with `memoryKeyOf(settings)`: what was remembered of another account is not even found.
 */
import { hash as digest } from 'node:crypto';
import * as z from 'zod';

const hash = (text: string): string => digest('sha256', text, 'base64url');

/** Addresses are kept hashed: the table holds no personal data. */
export const linkKeys = {
  customer: (memoryKey: string, customerId: string) => `${memoryKey}#customer#${customerId}`,
  profile: (memoryKey: string, profileId: string) => `${memoryKey}#profile#${profileId}`,
  email: (memoryKey: string, email: string) =>
    `${memoryKey}#email#${hash(email.trim().toLowerCase())}`,
  phone: (memoryKey: string, phoneNumber: string) => `${memoryKey}#phone#${hash(phoneNumber)}`,
  event: (memoryKey: string, metric: string, uniqueId: string) =>
    `${memoryKey}#event#${hash(JSON.stringify([metric, uniqueId]))}`,
  /** That the profile was seen alive: kept for a day or two. */
  seen: (memoryKey: string, profileId: string) => `${memoryKey}#seen#${profileId}`,
  published: (memoryKey: string, profileId: string) => `${memoryKey}#published#${profileId}`,
} as const;

/** The index of the table that holds just the customers of whom something is withheld. */
export const withheldIndex = {
  name: 'withheld',
  partitionKey: 'withheldOf',
  attributes: ['withheld'],
} as const;

/** The customer's id in the key of a customer's item. */
export const customerIdOf = (memoryKey: string, key: string): string =>
  key.slice(linkKeys.customer(memoryKey, '').length);

/** What the other system was last told of a profile by the poll. */
export const publishedProfile = z.object({
  /** Epoch milliseconds of Klaviyo's `updated` at the time. */
  updatedMs: z.number(),
  /** The state that was published: see known-fields.ts. */
  fieldsTold: z.string(),
  /** Epoch seconds after which DynamoDB may delete the item. Left out: never. */
  expiresAt: z.number().optional(),
});

/** An address's item: whose it was when we last wrote it. */
export const addressLink = z.object({ customerId: z.string(), profileId: z.string() });

/** An event's item: Klaviyo's id of it, once it was seen there. */
export interface EventLink {
  readonly eventId: string;
  /** Epoch seconds after which DynamoDB may delete the item. */
  readonly expiresAt: number;
}

export type AddressLink = z.output<typeof addressLink>;
export type PublishedProfile = z.output<typeof publishedProfile>;

const canonical = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(canonical);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([, inner]) => inner !== undefined);
  return Object.fromEntries(
    entries.toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([key, inner]) => [key, canonical(inner)]),
  );
};

/** The same for equal contents, whatever the order of their keys. */
export const contentHashOf = (content: unknown): string => hash(JSON.stringify(canonical(content)));
