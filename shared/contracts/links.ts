/** The `links` table: what is remembered of the pairs customer and profile of a connection. */
import { createHash } from 'node:crypto';
import * as z from 'zod';

const hash = (text: string): string => createHash('sha256').update(text).digest('base64url');

/** Addresses are kept hashed: the table holds no personal data. */
export const linkKeys = {
  customer: (connectionId: string, customerId: string) => `${connectionId}#customer#${customerId}`,
  profile: (connectionId: string, profileId: string) => `${connectionId}#profile#${profileId}`,
  email: (connectionId: string, email: string) =>
    `${connectionId}#email#${hash(email.trim().toLowerCase())}`,
  phone: (connectionId: string, phoneNumber: string) =>
    `${connectionId}#phone#${hash(phoneNumber)}`,
  event: (connectionId: string, metric: string, uniqueId: string) =>
    `${connectionId}#event#${hash(JSON.stringify([metric, uniqueId]))}`,
} as const;

/** A customer's own item: the pair, and what was last written to Klaviyo for it. */
export const customerLink = z.object({
  profileId: z.string().optional(),
  /** Epoch milliseconds: `occurredAt` of the newest job applied. Older ones are superseded. */
  occurredAtMs: z.number().optional(),
  /** What was last written; the same again is not sent. */
  contentHash: z.string().optional(),
  /** Identifiers that Klaviyo would not take, because another profile has them or they are wrong. */
  withheld: z.array(z.string()).optional(),
});

/** A profile's item: whose it is, and Klaviyo's `updated` stamp of our own last write to it. */
export const profileLink = z.object({
  customerId: z.string(),
  ownUpdatedAt: z.string().optional(),
});

/** An address's item: whose it was when we last wrote it. */
export const addressLink = z.object({ customerId: z.string(), profileId: z.string() });

/** An event's item: Klaviyo's id of it, once it was seen there. */
export interface EventLink {
  readonly eventId: string;
  /** Epoch seconds after which DynamoDB may delete the item. */
  readonly expiresAt: number;
}

export type CustomerLink = z.output<typeof customerLink>;
export type ProfileLink = z.output<typeof profileLink>;
export type AddressLink = z.output<typeof addressLink>;

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
