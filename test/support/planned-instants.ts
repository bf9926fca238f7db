/** The instants that a table's ledgers were planned for, as seen by whoever watches its writes. */
import { strayMs, windowMs } from '../../shared/pacing/reservations.ts';
import { decodeLedger } from '../../shared/pacing/state-codec.ts';
import type { MemoryQuotaTable } from './memory-quota-store.ts';

/** Collects the planned instants of each ledger from now on. */
export const watchPlans = (table: MemoryQuotaTable): Map<string, number[]> => {
  const planned = new Map<string, number[]>();
  const lastIds = new Map<string, number>();
  table.onWritten = (key, { state }) => {
    if (!state.includes('|')) return; // an in-use marker
    const { lastId, reservations } = decodeLedger(state);
    const reservation = reservations.find(({ id }) => id === lastId);
    if (reservation === undefined || lastIds.get(key) === lastId) return;
    lastIds.set(key, lastId);
    const firstMs = reservation.expiresMs - windowMs - strayMs;
    const instants = Array.from(
      { length: reservation.count },
      (_, j) => firstMs + j * reservation.stepMs,
    );
    planned.set(key, [...(planned.get(key) ?? []), ...instants]);
  };
  return planned;
};

/** The calls for which there was no permit of their own, due at the time and not overdue. */
export const withoutPermit = (
  sentMs: readonly number[],
  plannedMs: readonly number[],
  mostLateMs: number,
  clockErrorMs = 0,
): number[] => {
  const due = plannedMs.toSorted((a, b) => a - b);
  return sentMs
    .toSorted((a, b) => a - b)
    .filter((atMs) => {
      while ((due[0] ?? Infinity) < atMs - mostLateMs - clockErrorMs) due.shift();
      if ((due[0] ?? Infinity) > atMs + clockErrorMs) return true;
      due.shift();
      return false;
    });
};
