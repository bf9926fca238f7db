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

/** A customer's own item: the pair, and what was last written to Klaviyo for it. */
export const customerLink = z.object({
  profileId: z.string().optional(),
  /** Epoch milliseconds: `occurredAt` of the newest job applied. Older ones are superseded. */
  occurredAtMs: z.number().optional(),
  /** What was last written; the same again is not sent. */
  contentHash: z.string().optional(),
  /** Identifiers that Klaviyo would not take, because another profile has them or they are wrong. */
  withheld: z.array(z.string()).optional(),
  /** What was written to the profile so far, for its own item: see known-fields.ts. */
  fieldsSent: z.string().optional(),
});

/** A profile's item: whose it is, and what was written to it, by which the poll knows its echo. */
export const profileLink = z.object({
  customerId: z.string(),
  /** Klaviyo's `updated` stamp of our own last write. */
  ownUpdatedAt: z.string().optional(),
  fieldsSent: z.string().optional(),
});

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

export type CustomerLink = z.output<typeof customerLink>;
export type AddressLink = z.output<typeof addressLink>;
export type PublishedProfile = z.output<typeof publishedProfile>;

/** The right to write one customer, until it is saved, released, or has expired. */
export interface CustomerLease {
  readonly owner: string;
  readonly link: CustomerLink;
}

/** What is remembered of a write to Klaviyo. */
export interface AppliedCustomer {
  readonly profileId: string;
  readonly occurredAtMs: number;
  readonly contentHash: string;
  readonly withheld: readonly string[];
  readonly ownUpdatedAt?: string | undefined;
  readonly fieldsSent?: string | undefined;
  readonly email?: string | undefined;
  readonly phoneNumber?: string | undefined;
}

/** What is remembered of customers, those of one for one writer at a time. */
export interface CustomerLinks {
  /** Takes the lease; undefined while somebody else has it. */
  lease(memoryKey: string, customerId: string): Promise<CustomerLease | undefined>;
  /** Remembers a write and ends the lease. */
  save(
    memoryKey: string,
    customerId: string,
    owner: string,
    applied: AppliedCustomer,
  ): Promise<void>;
  /** Ends the lease; with `occurredAtMs`, remembers that so much was up to date. */
  release(
    memoryKey: string,
    customerId: string,
    owner: string,
    occurredAtMs?: number,
  ): Promise<void>;
}

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
