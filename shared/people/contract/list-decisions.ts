/** What is remembered of lists: their names, and what was decided last about people and lists. */
import * as z from 'zod';

/** The lists of an account: `connections` table, beside the settings of its connection. */
export const cachedLists = z.object({
  /** Epoch milliseconds at which Klaviyo was asked. */
  readAtMs: z.number(),
  lists: z.array(z.object({ id: z.string(), name: z.string() })),
});

export type CachedLists = z.output<typeof cachedLists>;

/** What was said last about a person and a list, and what came of it: beside the person's links. */
export const listDecision = z.object({
  /** Of being on the list, or of the consent on a channel. */
  kind: z.enum(['membership', 'email', 'sms']),
  /** Left out: account-wide. */
  listId: z.string().optional(),
  /** On the list, or subscribed. */
  on: z.boolean(),
  /** Epoch milliseconds: when it was said at the source. */
  occurredAtMs: z.number(),
  /** By how much the source's clock was ahead of that: see source-times.ts. */
  aheadMs: z.number().optional(),
  /** Epoch milliseconds at which this came of it. */
  decidedAtMs: z.number(),
  /**
   * `sent`: Klaviyo accepted it. `maybe_sent`: Klaviyo may have, and the job comes back.
   * `needless`: there was nothing to tell Klaviyo.
   */
  delivery: z.enum(['sent', 'maybe_sent', 'needless']),
});

export type ListDecision = z.output<typeof listDecision>;

/**
 * That Klaviyo was told of a consent. Klaviyo dates what came of it by the time at which it got
 * round to it: what it shows of this time was not said by the person.
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
export const personDecisions = z.object({
  decisions: z.array(listDecision).default([]),
  told: z.array(toldConsent).default([]),
});

export type PersonDecisions = Readonly<z.output<typeof personDecisions>>;
