/** What is remembered of an account is forgotten in the background, once its connection is removed. */
import * as z from 'zod';

/** In the `connections` table: one item for each account that is being forgotten. */
export const forgetting = z.object({
  memoryKey: z.string(),
  /** Epoch milliseconds. */
  askedAtMs: z.number(),
  /** Items forgotten so far. */
  forgotten: z.number().default(0),
  /** The key of the item after which to go on. Left out: from the first one. */
  after: z.string().optional(),
});

export type Forgetting = z.output<typeof forgetting>;

export interface ForgettingStore {
  /** Asks for it; where it has been asked for, from the beginning. */
  ask(memoryKey: string): Promise<void>;
  /** What is not forgotten yet stays. */
  cancel(memoryKey: string): Promise<void>;
  list(): Promise<readonly Forgetting[]>;
  /**
   * Forgets what there is in one page of the table; undefined once that was the last, or where it
   * is not asked for any more.
   */
  forgetPage(one: Forgetting): Promise<Forgetting | undefined>;
}
