/** How far the poll of a connection got: `connections` table, sort key `cursor`. */
import * as z from 'zod';

/** A scan that has begun: it keeps its bounds, however many runs it takes. */
export const scan = z.object({
  /** Epoch milliseconds, whole seconds; both bounds are exclusive, as Klaviyo's filters are. */
  lowerMs: z.number(),
  upperMs: z.number(),
  /** Klaviyo's cursor of the page to be read next. Left out: the first one. */
  pageCursor: z.string().optional(),
});

export const pollCursor = z.object({
  /** Epoch milliseconds: every change before it was published. Never in the future. */
  watermarkMs: z.number().optional(),
  begun: scan.optional(),
  /** Epoch milliseconds up to which one run has the connection for itself. */
  leaseUntilMs: z.number().optional(),
});

export type Scan = z.output<typeof scan>;
export type PollCursor = z.output<typeof pollCursor>;
