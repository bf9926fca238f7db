/** Calls in flight. One whose end was never reported is over when it must be. */
import type { Clock } from './clock.ts';
import { strayMs } from './reservations.ts';

export interface CallsInFlight {
  /** A call starts; the returned function says that it ended. */
  start(): () => void;
  count(): number;
}

export const createCallsInFlight = (clock: Clock): CallsInFlight => {
  const startedMs = new Map<symbol, number>();
  const dropLost = (): void => {
    for (const [call, atMs] of startedMs) {
      if (atMs >= clock.nowMs() - strayMs) return; // in order of their starts
      startedMs.delete(call);
    }
  };
  return {
    start: () => {
      const call = Symbol('call');
      startedMs.set(call, clock.nowMs());
      return () => startedMs.delete(call);
    },
    count: () => {
      dropLost();
      return startedMs.size;
    },
  };
};
