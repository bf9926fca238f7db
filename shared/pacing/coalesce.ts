/** Keeps the reservations few, so that the ledger stays within one write unit of DynamoDB. */
import { expiriesAfter, type Reservation } from './reservations.ts';

/** More reported reservations than these are joined. */
const maxReportedReservations = 32;
/** More open ones than these are left to expire by themselves: their receipts come to nothing. */
const maxOpenReservations = 32;

interface Join {
  readonly reservation: Reservation;
  /** How much longer its permits count, in all. */
  readonly costMs: number;
}

/** The sequence with the given step that is nowhere earlier than these expiries. */
const cover = (expiries: Float64Array, stepMs: number): Join => {
  const expiresMs = expiries.reduce((most, expiry, j) => Math.max(most, expiry - j * stepMs), 0);
  const costMs = expiries.reduce((sum, expiry, j) => sum + expiresMs + j * stepMs - expiry, 0);
  return { reservation: { expiresMs, count: expiries.length, stepMs }, costMs };
};

/** The cheapest of a few sequences that cover both reservations. */
const join = (a: Reservation, b: Reservation): Join => {
  const expiries = expiriesAfter([a, b], 0);
  const spanMs = (expiries.at(-1) ?? 0) - (expiries[0] ?? 0);
  const evenMs = Math.floor(spanMs / (expiries.length - 1));
  const [first, ...others] = [evenMs, a.stepMs, b.stepMs].map((stepMs) => cover(expiries, stepMs));
  return others.reduce((best, other) => (other.costMs < best.costMs ? other : best), first as Join);
};

const inOrder = (reservations: readonly Reservation[]): Reservation[] =>
  reservations.toSorted((a, b) => a.expiresMs - b.expiresMs);

/** Joins neighbours, the cheapest pair first, until at most `most` reservations are left. */
const joinDown = (reservations: readonly Reservation[], most: number): Reservation[] => {
  const left = inOrder(reservations);
  const joins = left.slice(1).map((reservation, i) => join(left[i] as Reservation, reservation));
  while (left.length > most) {
    const at = joins.reduce(
      (best, { costMs }, i) => (costMs < (joins[best]?.costMs ?? Infinity) ? i : best),
      0,
    );
    const joined = (joins[at] as Join).reservation;
    left.splice(at, 2, joined);
    joins.splice(at, 1);
    const [before, after] = [left[at - 1], left[at + 1]];
    if (before) joins[at - 1] = join(before, joined);
    if (after) joins[at] = join(joined, after);
  }
  return left;
};

/** The same permits in fewer reservations. An expiry may move later, never earlier. */
export const coalesce = (reservations: readonly Reservation[]): Reservation[] => {
  const open = inOrder(reservations.filter(({ id }) => id !== undefined));
  const forgotten = open
    .slice(0, Math.max(0, open.length - maxOpenReservations))
    .map(({ id: _, ...reservation }) => reservation);
  const reported = [...reservations.filter(({ id }) => id === undefined), ...forgotten];
  const few =
    reported.length > maxReportedReservations
      ? joinDown(reported, maxReportedReservations)
      : reported;
  return [...few, ...open.slice(forgotten.length)];
};
