/**
 * The virtual queue: messages that have to wait longer than a process waits are deferred, each to the
 * instant at which a permit should be free for it, and come back then.
 */
import type { Pace } from './pace.ts';
import { asIfReported, expiriesAfter, type Reservation, windowMs } from './reservations.ts';

/** The places repeat with this cycle, a little slow, so that nobody comes back too early. */
const cycleMs = Math.ceil(windowMs * 1.008);

/** When each of the next `steady` permits becomes free, if everything goes as it should. */
export const freeInstants = (
  reservations: readonly Reservation[],
  pace: Pace,
  nextMs: number,
): number[] => {
  const expiries = expiriesAfter(asIfReported(reservations), nextMs);
  const free = pace.steady - expiries.length;
  return Array.from({ length: pace.steady }, (_, i) =>
    Math.max(nextMs + i * pace.gapMs, expiries[i - free] ?? 0),
  );
};

export interface Places {
  /** For each message, in order: when to come back. */
  readonly deferredUntilMs: readonly number[];
  /** When whoever comes next is to come back. */
  readonly tailMs: number;
}

/**
 * The places of `count` messages, none before `fromMs`. A cohort of messages shares the instant of
 * its first, so that they come back together and are served from one reservation.
 */
export const placeInVirtualQueue = (
  instants: readonly number[],
  count: number,
  cohortSize: number,
  fromMs: number,
): Places => {
  const size = instants.length;
  const instantOf = (place: number): number =>
    (instants[place % size] ?? 0) + Math.floor(place / size) * cycleMs;
  const cycles = Math.floor((fromMs - (instants.at(-1) ?? 0)) / cycleMs);
  let first = Math.max(0, cycles) * size;
  while (instantOf(first) < fromMs) first += 1;
  const deferredUntilMs = Array.from({ length: count }, (_, i) =>
    instantOf(first + i - (i % cohortSize)),
  );
  return { deferredUntilMs, tailMs: instantOf(first + count) };
};
