/** Calls in flight. One whose end was never told is over when it must be. */
import type { Clock } from './clock.ts';
import { strayMs } from './reservations.ts';

export interface Flights {
  /** A call starts; the returned function says that it ended. */
  start(): () => void;
  count(): number;
}

export const createFlights = (clock: Clock): Flights => {
  const startedMs = new Map<symbol, number>();
  const dropLost = (): void => {
    for (const [flight, atMs] of startedMs) {
      if (atMs >= clock.nowMs() - strayMs) return; // in order of their starts
      startedMs.delete(flight);
    }
  };
  return {
    start: () => {
      const flight = Symbol('flight');
      startedMs.set(flight, clock.nowMs());
      return () => startedMs.delete(flight);
    },
    count: () => {
      dropLost();
      return startedMs.size;
    },
  };
};
