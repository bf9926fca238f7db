/**
 * The ledger as one short string: numbers in base 36, instants relative to `nextMs`. Within one
 * kilobyte as a rule, which is one write unit of DynamoDB.
 *
 * Fields, in order, between bars: the form, `nextMs`, `lastId`, `blockedUntilMs`, `freshTailMs`,
 * `returningTailMs`, the level of outside usage and when it was met, `markedMs`, `tailSteady`, and
 * the reservations, between semicolons. Of each, between commas: `expiresMs`, `count`, `stepMs`,
 * and while it is open how far its id lies behind `lastId`.
 */
import type { Ledger } from './ledger.ts';
import type { Reservation } from './reservations.ts';

/** Raised with every change of the form, so that no older reader takes it for its own. */
const form = '1';
const fieldCount = 11;

const text = (value: number): string => value.toString(36);

const unreadable = 'the state of a quota ledger is not readable';

const number = (field: string | undefined): number => {
  const value = Number.parseInt(field ?? '', 36);
  if (!Number.isSafeInteger(value)) throw new Error(unreadable);
  return value;
};

/** Above any minute's limit: whoever counted up to a damaged number would not come to an end. */
const maxPermits = 100_000;

const permitCount = (field: string | undefined): number => {
  const count = number(field);
  if (count < 0 || count > maxPermits) throw new Error(unreadable);
  return count;
};

const encodeReservation = (reservation: Reservation, { nextMs, lastId }: Ledger): string => {
  const sequence = [reservation.expiresMs - nextMs, reservation.count, reservation.stepMs].map(
    text,
  );
  return [
    ...sequence,
    ...(reservation.id === undefined ? [] : [text(lastId - reservation.id)]),
  ].join(',');
};

const decodeReservation = (encoded: string, nextMs: number, lastId: number): Reservation => {
  const [expires, count, step, id] = encoded.split(',');
  const sequence = {
    expiresMs: number(expires) + nextMs,
    count: permitCount(count),
    stepMs: number(step),
  };
  return id === undefined ? sequence : { id: lastId - number(id), ...sequence };
};

export const encodeLedger = (ledger: Ledger): string => {
  const { nextMs, outsideUsage } = ledger;
  const instants = [ledger.blockedUntilMs, ledger.freshTailMs, ledger.returningTailMs];
  return [
    form,
    ...[nextMs, ledger.lastId, ...instants.map((instant) => instant - nextMs)].map(text),
    ...[outsideUsage.level, outsideUsage.atMs - nextMs, ledger.markedMs - nextMs].map(text),
    text(ledger.tailSteady),
    ledger.reservations.map((reservation) => encodeReservation(reservation, ledger)).join(';'),
  ].join('|');
};

/** @throws Error when the string is of another form, or damaged. */
export const decodeLedger = (encoded: string): Ledger => {
  const fields = encoded.split('|');
  const [kind, next, last, blocked, fresh, returning, level, met, marked, steady, list] = fields;
  if (kind !== form || fields.length !== fieldCount)
    throw new Error('the state of a quota ledger has an unknown form');
  const nextMs = number(next);
  const lastId = number(last);
  const instant = (field: string | undefined) => number(field) + nextMs;
  return {
    nextMs,
    lastId,
    blockedUntilMs: instant(blocked),
    freshTailMs: instant(fresh),
    returningTailMs: instant(returning),
    tailSteady: number(steady),
    outsideUsage: { level: number(level), atMs: instant(met) },
    markedMs: instant(marked),
    reservations: list
      ? list.split(';').map((reservation) => decodeReservation(reservation, nextMs, lastId))
      : [],
  };
};
