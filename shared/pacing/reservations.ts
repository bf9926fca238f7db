/**
 * Reservations of permits, as the ledger remembers them: by the instants at which the permits cease
 * to count. Whatever happens to them here may move such an instant later, never earlier than is safe.
 */

import { requestTimeoutMs } from '../klaviyo/index.ts';

/** Klaviyo's longer window. */
export const windowMs = 60_000;
/** A call reaches Klaviyo within this of its planned instant: its timeout, and lateness of ours. */
export const strayMs = requestTimeoutMs + 1_000;
/** Twice the error of a clock. */
export const skewMs = 10;

/** An arithmetic sequence of expiries: `count` of them from `expiresMs` on, `stepMs` apart. */
export interface Reservation {
  /** Set while the reservation is open: its calls have not been reported. */
  readonly id?: number | undefined;
  readonly expiresMs: number;
  readonly count: number;
  readonly stepMs: number;
}

/** What became of the permits of a reservation; those in neither list were not used. */
export interface Receipt {
  readonly id: number;
  /** The planned instant of the reservation's first permit, and how far apart they were. */
  readonly firstMs: number;
  readonly gapMs: number;
  /** When each answered call was answered. */
  readonly answeredMs: readonly number[];
  /** When each call of unknown outcome was given up. */
  readonly unansweredMs: readonly number[];
}

/** A reservation as it is handed out: each permit counts as if its call came as late as it can. */
export const openReservation = (
  id: number,
  firstMs: number,
  count: number,
  gapMs: number,
): Reservation => ({
  id,
  expiresMs: firstMs + windowMs + strayMs,
  count,
  stepMs: gapMs,
});

const lastOf = (reservation: Reservation): number =>
  reservation.expiresMs + (reservation.count - 1) * reservation.stepMs;

/** Without the permits that have ceased to count. */
export const prune = (reservations: readonly Reservation[], nowMs: number): Reservation[] =>
  reservations.flatMap((reservation) => {
    if (reservation.expiresMs > nowMs) return [reservation];
    if (lastOf(reservation) <= nowMs) return [];
    const gone = Math.floor((nowMs - reservation.expiresMs) / reservation.stepMs) + 1;
    return [
      {
        ...reservation,
        expiresMs: reservation.expiresMs + gone * reservation.stepMs,
        count: reservation.count - gone,
      },
    ];
  });

/** The latest by which one of the calls came after its planned instant, both in order. */
const lagOf = ({ firstMs, gapMs }: Receipt, answeredMs: readonly number[]): number =>
  answeredMs.reduce((lag, atMs, j) => Math.max(lag, atMs - firstMs - j * gapMs), -Infinity);

/**
 * Replaces an open reservation by what its calls used. One that is no longer there had its expiries
 * left to themselves, which is safe, and so is a receipt that arrives twice.
 */
export const applyReceipt = (
  reservations: readonly Reservation[],
  receipt: Receipt,
): Reservation[] => {
  if (!reservations.some(({ id }) => id === receipt.id)) return [...reservations];
  const reported = reservations.filter(({ id }) => id !== receipt.id);
  const { firstMs, gapMs, unansweredMs } = receipt;
  const answeredMs = receipt.answeredMs.map(Math.ceil).sort((a, b) => a - b);
  if (answeredMs.length > 0) {
    const expiresMs = firstMs + lagOf(receipt, answeredMs) + windowMs + skewMs;
    reported.push({ expiresMs, count: answeredMs.length, stepMs: gapMs });
  }
  if (unansweredMs.length > 0) {
    // Given up is not gone: such a request may still arrive.
    const expiresMs = Math.ceil(Math.max(...unansweredMs)) + windowMs + strayMs + skewMs;
    reported.push({ expiresMs, count: unansweredMs.length, stepMs: 0 });
  }
  return reported;
};

/** The expiries after an instant, in order. */
export const expiriesAfter = (
  reservations: readonly Reservation[],
  instantMs: number,
): Float64Array => {
  const expiries: number[] = [];
  for (const { expiresMs, count, stepMs } of reservations)
    for (let j = 0; j < count; j += 1) {
      const expiry = expiresMs + j * stepMs;
      if (expiry > instantMs) expiries.push(expiry);
    }
  return Float64Array.from(expiries).sort();
};

/** The time from a reservation's last call to its receipt, as a rule. */
const receiptDelayMs = 300;

/** As they will be once those still open are reported: for estimates, never for permits. */
export const asIfReported = (reservations: readonly Reservation[]): Reservation[] =>
  reservations.map((reservation) =>
    reservation.id === undefined
      ? reservation
      : { ...reservation, expiresMs: reservation.expiresMs - strayMs + receiptDelayMs },
  );
