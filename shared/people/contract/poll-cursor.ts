/** How far the poll of a connection got with its account: `connections` table, beside its settings. */
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

/** The place of a connection's poll, by `memoryKeyOf(settings)`. Whoever begins or resumes a scan holds its lease until then. */
export interface PollCursors {
  /** Moves the watermark of a connection that nobody scans; false where it is not `fromMs`. */
  advance(memoryKey: string, fromMs: number | undefined, toMs: number): Promise<boolean>;
  /** Takes the lease for a new scan; false where the watermark is not `fromMs`, or it is taken. */
  begin(memoryKey: string, owner: string, fromMs: number | undefined, scan: Scan): Promise<boolean>;
  /** Takes the lease of a scan that has begun; undefined where there is none, or it is taken. */
  resume(memoryKey: string, owner: string): Promise<PollCursor | undefined>;
  /** Saves the page to be read next; false where the lease is no longer the owner's. */
  save(memoryKey: string, owner: string, scan: Scan): Promise<boolean>;
  /** Ends scan and lease; false where the lease is no longer the owner's. */
  finish(memoryKey: string, owner: string, watermarkMs: number): Promise<boolean>;
  /** Ends the lease; the scan is there to be resumed. */
  release(memoryKey: string, owner: string): Promise<void>;
}
