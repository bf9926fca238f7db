/** The callers of one endpoint and account in this process: reserves permits for them together. */
import type { CallOutcome, Permit, PermitRequest } from '../klaviyo/index.ts';
import { createBurstGate } from './burst-gate.ts';
import type { CallsInFlight } from './calls-in-flight.ts';
import type { Clock } from './clock.ts';
import { type Deferral, deferredBy, outOfTime } from './deferrals.ts';
import { createDispatcher } from './dispatcher.ts';
import { type Ledger, livePermits, type Operation } from './ledger.ts';
import { slotsOf } from './own-reservation.ts';
import type { Pace } from './pace.ts';
import { createPause } from './pause.ts';
import { type Receipt, strayMs, windowMs } from './reservations.ts';
import type { SharedLedger } from './shared-ledger.ts';
import { createWaitingLine, type Waiter } from './waiting-line.ts';

export interface EndpointQueueOptions {
  readonly endpoint: string;
  readonly pace: Pace;
  readonly clock: Clock;
  readonly ledger: SharedLedger;
  /** All calls of the account in this process. */
  readonly callsInFlight: CallsInFlight;
  /** A call ended, as reported. */
  readonly onEnded: (outcome: CallOutcome) => void;
  /** The ledger cannot be reached. */
  readonly onFailed: (error: unknown) => void;
}

export interface EndpointQueue {
  take(request: PermitRequest): Promise<Permit>;
  /** Goes on where the end of a call may have made room. */
  proceed(): void;
  /** Writes the receipts that are owed, if they matter to others. */
  flush(): Promise<void>;
  /** Nobody waits, and what it remembers has ceased to count. */
  isIdle(): boolean;
}

/** After a refusal nobody sends for at least this long. */
const leastBlockMs = 1_000;
/** The wait when the ledger cannot be reached. */
const storeFailedMs = 5_000;
/** A deferred job comes back this much early, so that its permit is reserved by then. */
const earlyMs = 1_000;
/** Receipts of a quiet account wait for its next call: up to this part of the limit. */
const quietPart = 1 / 8;

const earliest = (waiters: readonly Waiter[]): number =>
  waiters.reduce((least, { request }) => Math.min(least, request.notAfterMs), Infinity);

/** What these callers want of the ledger. */
const wishOf = (waiters: readonly Waiter[]): Pick<Operation, 'wanted' | 'untilMs'> => {
  const returning = waiters.filter(({ request }) => request.returning).length;
  return {
    wanted: { returning, fresh: waiters.length - returning },
    untilMs: waiters.reduce((most, { request }) => Math.max(most, request.notAfterMs), 0),
  };
};

export const createEndpointQueue = (options: EndpointQueueOptions): EndpointQueue => {
  const { endpoint, pace, clock, ledger, callsInFlight, onFailed } = options;
  const line = createWaitingLine(endpoint);
  const pause = createPause(clock);
  let owed: Receipt[] = [];
  let refusedUntilMs: number | undefined;
  const flushed: (() => void)[] = [];
  let asked: readonly Waiter[] = [];
  let known: Ledger | undefined;
  let usedMs = 0;
  let isReserving = false;
  let isFull = false;

  const onEnded = (outcome: CallOutcome): void => {
    if (outcome.kind === 'throttled') {
      const untilMs = outcome.atMs + Math.max(leastBlockMs, outcome.retryAfterMs);
      refusedUntilMs = Math.max(refusedUntilMs ?? 0, untilMs);
      dispatcher.blockUntil(untilMs);
    }
    options.onEnded(outcome);
  };
  const gate = createBurstGate(pace.burst, clock);
  const onDue = (): void => proceed();
  const dispatcher = createDispatcher({ clock, line, gate, callsInFlight, onEnded, onDue });

  /**
   * Callers for whom to reserve now. While permits are left the others gather: theirs come later
   * anyway.
   */
  const wanting = (): Waiter[] => {
    if (dispatcher.slots.length > 0) return [];
    const cap = line.first()?.request.throttle.maxInFlight ?? Infinity;
    const room = Math.max(0, cap - callsInFlight.count());
    return line.all().slice(0, room);
  };

  const operationAt = (fromMs: number): Operation => {
    asked = wanting();
    return { ...wishOf(asked), receipts: [...owed], fromMs, refusedUntilMs };
  };

  const defer = (deferrals: readonly Deferral[]): void => {
    const nowMs = clock.nowMs();
    for (const { waiter, untilMs } of deferrals) line.defer(waiter, untilMs - earlyMs - nowMs);
  };

  /** Reserves for those who want. Tells when to try again where that is not at once. */
  const reserve = async (): Promise<number | undefined> => {
    const { operation, grant, ledger: changed } = await ledger.commit(operationAt);
    known = changed;
    owed = owed.filter((receipt) => !operation.receipts.includes(receipt));
    if (operation.refusedUntilMs === refusedUntilMs) refusedUntilMs = undefined;
    for (const done of flushed.splice(0)) done();
    dispatcher.add(slotsOf(grant, (receipt) => owed.push(receipt)));
    const deferred = deferredBy(asked, grant);
    const isShort = asked.length > grant.count + deferred.length;
    defer(deferred);
    defer(outOfTime(line.all(), dispatcher.slots, isShort ? grant.retryAtMs : clock.nowMs()));
    dispatcher.proceed();
    return isShort ? grant.retryAtMs : undefined;
  };

  /** Waits until the permits at hand are used, or a cap on calls in flight leaves room. */
  const waitForRoom = async (): Promise<void> => {
    isFull = true;
    await pause.until(earliest(line.all()) + 1);
    isFull = false;
    defer(outOfTime(line.all(), dispatcher.slots, clock.nowMs()));
  };

  const isUrgent = (): boolean => refusedUntilMs !== undefined || flushed.length > 0;
  const hasUnserved = (): boolean => line.size > dispatcher.slots.length;

  /** No permit without the ledger: everyone comes back later. */
  const fail = (error: unknown): void => {
    onFailed(error);
    for (const done of flushed.splice(0)) done();
    for (const waiter of line.all().slice(dispatcher.slots.length))
      line.defer(waiter, storeFailedMs);
  };

  const serveAll = async (): Promise<void> => {
    isReserving = true;
    try {
      while (isUrgent() || hasUnserved()) {
        if (!isUrgent() && wanting().length === 0) await waitForRoom();
        else {
          const retryAtMs = await reserve();
          if (retryAtMs !== undefined && !isUrgent()) await pause.until(retryAtMs);
        }
      }
    } catch (error) {
      fail(error);
    } finally {
      isReserving = false;
    }
  };

  const start = (): void => {
    usedMs = clock.nowMs();
    if (!isReserving) void serveAll();
  };

  const proceed = (): void => {
    dispatcher.proceed();
    if (isUrgent() || (isFull && wanting().length > 0)) pause.wake();
    if (isUrgent() || hasUnserved()) start();
  };

  return {
    take(request) {
      const permit = line.join(request);
      if (line.size > 0) start();
      return permit;
    },
    proceed,
    async flush() {
      const live = known === undefined ? 0 : livePermits(known, clock.nowMs());
      if (owed.length === 0 || live <= pace.steady * quietPart) return;
      await new Promise<void>((resolve) => {
        flushed.push(resolve);
        pause.wake();
        start();
      });
    },
    isIdle: () => line.size === 0 && clock.nowMs() - usedMs > windowMs + strayMs,
  };
};
