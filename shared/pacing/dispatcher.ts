/** Hands reserved permits to the callers in line, each at its instant. */
import type { CallOutcome } from '../klaviyo/index.ts';
import type { BurstGate } from './burst-gate.ts';
import type { CallsInFlight } from './calls-in-flight.ts';
import type { Clock } from './clock.ts';
import type { Slot } from './own-reservation.ts';
import type { Waiter, WaitingLine } from './waiting-line.ts';

export interface DispatcherOptions {
  readonly clock: Clock;
  readonly line: WaitingLine;
  readonly gate: BurstGate;
  /** All calls of the account in this process. */
  readonly callsInFlight: CallsInFlight;
  /** A call ended, as reported. */
  readonly onEnded: (outcome: CallOutcome) => void;
  /** It is time to proceed. */
  readonly onDue: () => void;
}

export interface Dispatcher {
  /** Permits that nobody has used yet. */
  readonly slots: readonly Slot[];
  add(slots: readonly Slot[]): void;
  /** Gives back what it has, and whatever is still added for an earlier instant. */
  blockUntil(instantMs: number): void;
  /** Serves whom it can, and says `onDue` when there is more to do. */
  proceed(): void;
}

/** A permit is used within this of its instant, or not at all. */
const sigmaMs = 250;

export const createDispatcher = (options: DispatcherOptions): Dispatcher => {
  const { clock, line, gate, callsInFlight, onEnded, onDue } = options;
  const slots: Slot[] = [];
  let blockedUntilMs = 0;
  let cancelTimer = (): void => {};

  const serve = (slot: Slot, waiter: Waiter): void => {
    const endCall = callsInFlight.start();
    const leaveGate = gate.start();
    let isReported = false;
    const report = (outcome: CallOutcome): void => {
      if (isReported) return;
      isReported = true;
      endCall();
      leaveGate(outcome.kind !== 'unused');
      slot.report(outcome);
      onEnded(outcome);
    };
    line.serve(waiter, { report });
  };

  /** When the caller may have the permit: `Infinity` until a call ends. */
  const readyMs = ({ instantMs }: Slot, { request }: Waiter): number => {
    const cap = request.throttle.maxInFlight ?? Infinity;
    return callsInFlight.count() < cap ? Math.max(instantMs, gate.opensAtMs()) : Infinity;
  };

  const proceed = (): void => {
    cancelTimer();
    for (let slot = slots[0]; slot !== undefined; slot = slots[0]) {
      const nowMs = clock.nowMs();
      const waiter = line.first();
      const overdueMs = slot.instantMs + sigmaMs;
      const isUseless = nowMs > overdueMs || slot.instantMs < blockedUntilMs;
      if (waiter === undefined || isUseless) {
        slots.shift();
        slot.report({ kind: 'unused' });
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
    blockUntil: (instantMs) => {
      blockedUntilMs = Math.max(blockedUntilMs, instantMs);
      for (const slot of slots.splice(0)) slot.report({ kind: 'unused' });
    },
    proceed,
  };
};
