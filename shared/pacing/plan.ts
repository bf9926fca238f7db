/** Finds the earliest run of permits that keeps the limits. */
import type { Pace } from './pace.ts';
import { asIfSettled, expiriesAfter, type Run } from './reservations.ts';

/** How much a run may be put off as a whole, so that it need not be cut. */
const maxShiftMs = 250;
/** The least time between two attempts to get a permit. */
const leastRetryMs = 500;

/** A run of `count` permits, `gapMs` apart; none where no permit is free in time. */
export interface Plan {
  readonly firstMs: number;
  readonly count: number;
}

/**
 * The earliest run of up to `wanted` permits from `baseMs` to `untilMs`. The i-th permit has to
 * wait until so many of the live ones have ceased to count that it is one of `steady` again.
 */
export const planRun = (
  runs: readonly Run[],
  pace: Pace,
  baseMs: number,
  wanted: number,
  untilMs: number,
): Plan => {
  const expiries = expiriesAfter(runs, baseMs);
  const free = pace.steady - expiries.length;
  const earliest = (i: number): number => (i < free ? baseMs : (expiries[i - free] ?? Infinity));
  let firstMs = earliest(0);
  let shiftedMs = 0;
  let count = 0;
  for (; count < Math.min(wanted, pace.steady); count += 1) {
    const lateMs = Math.max(0, earliest(count) - (firstMs + count * pace.gapMs));
    const lastMs = firstMs + lateMs + count * pace.gapMs;
    if (shiftedMs + lateMs > maxShiftMs || lastMs > untilMs) break;
    firstMs += lateMs;
    shiftedMs += lateMs;
  }
  return { firstMs, count };
};

/** When the next permit may be had, if the runs still open are settled as they should be. */
export const earliestRetry = (
  runs: readonly Run[],
  pace: Pace,
  baseMs: number,
  nowMs: number,
): number => {
  const expiries = expiriesAfter(asIfSettled(runs), baseMs);
  return Math.max(nowMs + leastRetryMs, baseMs, expiries[expiries.length - pace.steady] ?? 0);
};
