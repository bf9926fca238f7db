/** What is remembered of lists: their names, and the last words about people and lists. */
import * as z from 'zod';

/** The lists of an account: `connections` table, beside the settings of its connection. */
export const cachedLists = z.object({
  /** Epoch milliseconds at which Klaviyo was asked. */
  readAtMs: z.number(),
  lists: z.array(z.object({ id: z.string(), name: z.string() })),
});

export type CachedLists = z.output<typeof cachedLists>;

/** The last word about one person and one list: `links` table, beside the person's links. */
export const listWord = z.object({
  /** Of being on the list, or of the consent on a channel. */
  kind: z.enum(['membership', 'email', 'sms']),
  /** Left out: account-wide. */
  listId: z.string().optional(),
  /** On the list, or subscribed. */
  on: z.boolean(),
  /** Epoch milliseconds: when it was said at the source. */
  occurredAtMs: z.number(),
  /** By how much the source's clock was ahead of that: see word-times.ts. */
  aheadMs: z.number().optional(),
  /** Epoch milliseconds at which this came of it. */
  decidedAtMs: z.number(),
  /**
   * `sent`: Klaviyo accepted it. `maybe_sent`: Klaviyo may have, and the job comes back.
   * `needless`: there was nothing to tell Klaviyo.
   */
  outcome: z.enum(['sent', 'maybe_sent', 'needless']),
});

export type ListWord = z.output<typeof listWord>;

/**
 * That Klaviyo was told of a consent. Klaviyo dates what came of it by the time at which it got
 * round to it: what it shows of this time is no word of the person's own.
 */
export const toldConsent = z.object({
  kind: z.enum(['email', 'sms']),
  on: z.boolean(),
  /** Epoch milliseconds between which it was sent. */
  fromMs: z.number(),
  untilMs: z.number(),
});

export type ToldConsent = z.output<typeof toldConsent>;

/** What is remembered under one of a person's keys. */
export const personWords = z.object({
  words: z.array(listWord).default([]),
  told: z.array(toldConsent).default([]),
});

export type PersonWords = Readonly<z.output<typeof personWords>>;
