/** What is remembered of the pairs customer and profile of a connection, in the links table. */
import * as z from 'zod';
import { hashOf } from '../../platform/contract/hash-of.ts';

/** What the other system was last told of a profile by the poll. */
export const publishedProfile = z.object({
  /** Epoch milliseconds of Klaviyo's `updated` at the time. */
  updatedMs: z.number(),
  /** The state that was published: see known-fields.ts. */
  fieldsTold: z.string(),
  /** Epoch seconds after which DynamoDB may delete the item. Left out: never. */
  expiresAt: z.number().optional(),
});

/** What leads to a profile: without one, where that was found to be gone. */
export const link = z.object({ profileId: z.string().optional() });

/** An address's item: whose it was when we last wrote it. */
export const addressLink = link.extend({ customerId: z.string() });

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
export const contentHashOf = (content: unknown): string =>
  hashOf(JSON.stringify(canonical(content)));

/** A link, by its key, and the profile that it leads to and that is not there any more. */
export interface LostLink {
  readonly key: string;
  readonly profileId: string;
}
