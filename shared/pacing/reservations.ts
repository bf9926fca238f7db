/**
 * Runs of permits, as the ledger remembers them: by the instants at which they cease to count.
 * Whatever happens to a run here may move such an instant later, never earlier than is safe.
 */

import { requestTimeoutMs } from '../klaviyo/index.ts';

/** Klaviyo's longer window. */
export const windowMs = 60_000;
/** A call reaches Klaviyo within this of its planned instant: its timeout, and lateness of ours. */
export const strayMs = requestTimeoutMs + 1_000;
/** Twice the error of a clock. */
export const skewMs = 10;

/** An arithmetic sequence of expiries: `count` of them from `expiresMs` on, `stepMs` apart. */
export interface Run {
  /** Set while nobody has told how the calls of the run went. */
  readonly id?: number | undefined;
  readonly expiresMs: number;
  readonly count: number;
  readonly stepMs: number;
}

/** What became of the permits of a run; those in neither list were not used. */
export interface Receipt {
  readonly id: number;
  /** The planned instant of the run's first permit, and how far apart they were. */
  readonly firstMs: number;
  readonly gapMs: number;
  /** When each answered call was answered. */
  readonly answeredMs: readonly number[];
  /** When each call of unknown outcome was given up. */
  readonly unansweredMs: readonly number[];
}

/** A run as it is handed out: each permit counts as if its call came as late as it can. */
export const openRun = (id: number, firstMs: number, count: number, gapMs: number): Run => ({
  id,
  expiresMs: firstMs + windowMs + strayMs,
  count,
  stepMs: gapMs,
});

const lastOf = (run: Run): number => run.expiresMs + (run.count - 1) * run.stepMs;

/** Without the permits that have ceased to count. */
export const prune = (runs: readonly Run[], nowMs: number): Run[] =>
  runs.flatMap((run) => {
    if (run.expiresMs > nowMs) return [run];
    if (lastOf(run) <= nowMs) return [];
    const gone = Math.floor((nowMs - run.expiresMs) / run.stepMs) + 1;
    return [{ ...run, expiresMs: run.expiresMs + gone * run.stepMs, count: run.count - gone }];
  });

/** The latest by which one of the calls came after its planned instant, both in order. */
const lagOf = ({ firstMs, gapMs }: Receipt, answeredMs: readonly number[]): number =>
  answeredMs.reduce((lag, atMs, j) => Math.max(lag, atMs - firstMs - j * gapMs), -Infinity);

/**
 * Replaces an open run by what its calls used. A run that is no longer there had its expiries left
 * to themselves, which is safe, and so is a receipt that arrives twice.
 */
export const settle = (runs: readonly Run[], receipt: Receipt): Run[] => {
  if (!runs.some(({ id }) => id === receipt.id)) return [...runs];
  const settled = runs.filter(({ id }) => id !== receipt.id);
  const { firstMs, gapMs, unansweredMs } = receipt;
  const answeredMs = receipt.answeredMs.map(Math.ceil).sort((a, b) => a - b);
  if (answeredMs.length > 0) {
    const expiresMs = firstMs + lagOf(receipt, answeredMs) + windowMs + skewMs;
    settled.push({ expiresMs, count: answeredMs.length, stepMs: gapMs });
  }
  if (unansweredMs.length > 0) {
    // Given up is not gone: such a request may still arrive.
    const expiresMs = Math.ceil(Math.max(...unansweredMs)) + windowMs + strayMs + skewMs;
    settled.push({ expiresMs, count: unansweredMs.length, stepMs: 0 });
  }
  return settled;
};

/** The expiries after an instant, in order. */
export const expiriesAfter = (runs: readonly Run[], instantMs: number): Float64Array => {
  const expiries: number[] = [];
  for (const { expiresMs, count, stepMs } of runs)
    for (let j = 0; j < count; j += 1) {
      const expiry = expiresMs + j * stepMs;
      if (expiry > instantMs) expiries.push(expiry);
    }
  return Float64Array.from(expiries).sort();
};

/** The time from a run's last call to its receipt, as a rule. */
const receiptDelayMs = 300;

/** The runs as they will be once those still open are settled: for estimates, never for permits. */
export const asIfSettled = (runs: readonly Run[]): Run[] =>
  runs.map((run) =>
    run.id === undefined ? run : { ...run, expiresMs: run.expiresMs - strayMs + receiptDelayMs },
  );
