/**
 * The virtual queue: messages that have to wait longer than they can be held are given the instant
 * at which it will be their turn, and come back then.
 */
import type { Pace } from './pace.ts';
import { asIfSettled, expiriesAfter, type Run, windowMs } from './reservations.ts';

/** The cycle of the turns, a little slow, so that nobody comes back too early. */
const cycleMs = Math.ceil(windowMs * 1.008);

/** When each of the next `steady` permits becomes free, if everything goes as it should. */
export const freeInstants = (runs: readonly Run[], pace: Pace, nextMs: number): number[] => {
  const expiries = expiriesAfter(asIfSettled(runs), nextMs);
  const free = pace.steady - expiries.length;
  return Array.from({ length: pace.steady }, (_, i) =>
    Math.max(nextMs + i * pace.gapMs, expiries[i - free] ?? 0),
  );
};

export interface Turns {
  /** For each message, in order: when to come back. */
  readonly turnsMs: readonly number[];
  /** The turn of whoever comes next. */
  readonly tailMs: number;
}

/**
 * The turns of `count` messages, none before `fromMs`. A clump of messages shares the turn of its
 * first, so that they come back together and are sent as one run.
 */
export const placeInLine = (
  instants: readonly number[],
  count: number,
  clump: number,
  fromMs: number,
): Turns => {
  const size = instants.length;
  const turn = (place: number): number =>
    (instants[place % size] ?? 0) + Math.floor(place / size) * cycleMs;
  const cycles = Math.floor((fromMs - (instants.at(-1) ?? 0)) / cycleMs);
  let first = Math.max(0, cycles) * size;
  while (turn(first) < fromMs) first += 1;
  const turnsMs = Array.from({ length: count }, (_, i) => turn(first + i - (i % clump)));
  return { turnsMs, tailMs: turn(first + count) };
};
