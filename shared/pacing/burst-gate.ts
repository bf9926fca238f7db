/**
 * For small bursts: never more own calls in flight or completed within the last second than the
 * burst allows. With larger ones the gap between instants leaves room enough for late calls.
 */

import { createCallsInFlight } from './calls-in-flight.ts';
import type { Clock } from './clock.ts';

const smallBurst = 10;
const burstWindowMs = 1_000;

export interface BurstGate {
  /** When the next call may start: now, at an instant, or `Infinity` until some call ends. */
  opensAtMs(): number;
  /** A call starts; the returned function says that it ended, or that it never was. */
  start(): (wasSent: boolean) => void;
}

export const createBurstGate = (burst: number, clock: Clock): BurstGate => {
  if (burst > smallBurst) return { opensAtMs: clock.nowMs, start: () => () => {} };
  const callsInFlight = createCallsInFlight(clock);
  let endedMs: number[] = [];
  return {
    opensAtMs: () => {
      const nowMs = clock.nowMs();
      endedMs = endedMs.filter((atMs) => atMs > nowMs - burstWindowMs);
      const room = burst - callsInFlight.count();
      if (room <= 0) return Infinity;
      return endedMs.length < room ? nowMs : (endedMs.at(-room) ?? nowMs) + burstWindowMs;
    },
    start: () => {
      const end = callsInFlight.start();
      return (wasSent) => {
        end();
        if (wasSent) endedMs.push(clock.nowMs());
      };
    },
  };
};
