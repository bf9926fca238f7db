/** Hands reserved permits to the callers in line, each at its instant. */
import type { CallOutcome } from '../klaviyo/index.ts';
import type { BurstGate } from './burst-gate.ts';
import type { Flights } from './calls-in-flight.ts';
import type { Clock } from './clock.ts';
import type { Slot } from './own-reservation.ts';
import type { Waiter, WaitingLine } from './waiting-line.ts';

export interface DispatcherOptions {
  readonly clock: Clock;
  readonly line: WaitingLine;
  readonly gate: BurstGate;
  /** All calls of the account in this process. */
  readonly flights: Flights;
  /** A call ended, as told. */
  readonly onEnded: (outcome: CallOutcome) => void;
  /** It is time to proceed. */
  readonly onDue: () => void;
}

export interface Dispatcher {
  /** Permits that nobody has used yet. */
  readonly slots: readonly Slot[];
  add(slots: readonly Slot[]): void;
  /** Gives back what it has, and whatever is still added for an earlier instant. */
  holdUntil(instantMs: number): void;
  /** Serves whom it can, and says `onDue` when there is more to do. */
  proceed(): void;
}

/** A permit is used within this of its instant, or not at all. */
const sigmaMs = 250;

export const createDispatcher = (options: DispatcherOptions): Dispatcher => {
  const { clock, line, gate, flights, onEnded, onDue } = options;
  const slots: Slot[] = [];
  let heldUntilMs = 0;
  let cancelTimer = (): void => {};

  const serve = (slot: Slot, waiter: Waiter): void => {
    const land = flights.start();
    const leaveGate = gate.start();
    let isSettled = false;
    const settle = (outcome: CallOutcome): void => {
      if (isSettled) return;
      isSettled = true;
      land();
      leaveGate(outcome.kind !== 'unused');
      slot.settle(outcome);
      onEnded(outcome);
    };
    line.serve(waiter, { settle });
  };

  /** When the caller may have the permit: `Infinity` until a call ends. */
  const readyMs = ({ instantMs }: Slot, { request }: Waiter): number => {
    const cap = request.throttle.maxInFlight ?? Infinity;
    return flights.count() < cap ? Math.max(instantMs, gate.opensAtMs()) : Infinity;
  };

  const proceed = (): void => {
    cancelTimer();
    for (let slot = slots[0]; slot !== undefined; slot = slots[0]) {
      const nowMs = clock.nowMs();
      const waiter = line.first();
      const overdueMs = slot.instantMs + sigmaMs;
      const isUseless = nowMs > overdueMs || slot.instantMs < heldUntilMs;
      if (waiter === undefined || isUseless) {
        slots.shift();
        slot.settle({ kind: 'unused' });
        continue;
      }
      const atMs = Math.min(readyMs(slot, waiter), overdueMs + 1);
      if (atMs > nowMs) {
        cancelTimer = clock.after(atMs - nowMs, onDue);
        return;
      }
      slots.shift();
      serve(slot, waiter);
    }
  };

  return {
    slots,
    add: (more) => slots.push(...more),
    holdUntil: (instantMs) => {
      heldUntilMs = Math.max(heldUntilMs, instantMs);
      for (const slot of slots.splice(0)) slot.settle({ kind: 'unused' });
    },
    proceed,
  };
};
