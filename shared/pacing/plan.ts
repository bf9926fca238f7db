/** Finds the earliest reservation that keeps the limits. */
import type { Pace } from './pace.ts';
import { asIfReported, expiriesAfter, type Reservation } from './reservations.ts';

/** How much a reservation may be put off as a whole, so that it need not be cut. */
const maxShiftMs = 250;
/** The least time between two attempts to get a permit. */
const leastRetryMs = 500;

/** `count` permits, a gap apart; none where no permit is free in time. */
export interface Plan {
  readonly firstMs: number;
  readonly count: number;
}

/**
 * The earliest reservation of up to `wanted` permits from `baseMs` to `untilMs`. The i-th permit has
 * to wait until so many of the live ones have ceased to count that it is one of `steady` again.
 */
export const planReservation = (
  reservations: readonly Reservation[],
  pace: Pace,
  baseMs: number,
  wanted: number,
  untilMs: number,
): Plan => {
  const expiries = expiriesAfter(reservations, baseMs);
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

/** When the next permit may be had, if the reservations still open are reported as they should be. */
export const earliestRetry = (
  reservations: readonly Reservation[],
  pace: Pace,
  baseMs: number,
  nowMs: number,
): number => {
  const expiries = expiriesAfter(asIfReported(reservations), baseMs);
  return Math.max(nowMs + leastRetryMs, baseMs, expiries[expiries.length - pace.steady] ?? 0);
};
