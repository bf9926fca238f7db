/** A ledger that many processes change: read, apply, write if nobody else did meanwhile. */
import type { Clock } from './clock.ts';
import { isMarkerDue, keptMs, readMarker, tellsOfUse, writeMarker } from './in-use-marker.ts';
import { apply, type Grant, type Ledger, newLedger, type Operation } from './ledger.ts';
import type { Pace } from './pace.ts';
import type { QuotaItem, QuotaStore } from './quota-store.ts';
import { strayMs, windowMs } from './reservations.ts';
import { decodeLedger, encodeLedger } from './state-codec.ts';

export interface Committed {
  readonly operation: Operation;
  readonly grant: Grant;
  readonly ledger: Ledger;
}

export interface SharedLedger {
  /**
   * Carries out one operation. It is asked for anew with each attempt, with the first instant for
   * which a permit can be here in time.
   */
  commit(operationAt: OperationAt): Promise<Committed>;
}

export type OperationAt = (fromMs: number) => Operation;

export interface SharedLedgerOptions {
  readonly store: QuotaStore;
  readonly key: string;
  readonly pace: Pace;
  readonly clock: Clock;
  /** From 0 up to 1. */
  readonly random: () => number;
  /** A ledger that was in use is gone or has been set back: its calls are blocked for a minute. */
  readonly onLost: () => void;
}

const maxAttempts = 30;
const maxJitterMs = 100;
const leastLeadMs = 10;
const mostLeadMs = 2_000;

const changesNothing = (
  { receipts, refusedUntilMs }: Operation,
  { count, deferredUntilMs }: Grant,
) =>
  receipts.length === 0 &&
  refusedUntilMs === undefined &&
  count + deferredUntilMs.fresh.length + deferredUntilMs.returning.length === 0;

const expiryOf = ({ freshTailMs, returningTailMs }: Ledger, nowMs: number): number =>
  Math.ceil((Math.max(nowMs, freshTailMs, returningTailMs) + keptMs) / 1000);

const decoded = (item: QuotaItem | undefined): Ledger | undefined => {
  try {
    return item === undefined ? undefined : decodeLedger(item.state);
  } catch {
    return undefined;
  }
};

export const createSharedLedger = (options: SharedLedgerOptions): SharedLedger => {
  const { store, key, pace, clock, random, onLost } = options;
  let seen = { version: 0, atMs: 0 };
  let leadMs = leastLeadMs;

  /** Whether the item cannot tell all calls of the last minute. */
  const isLost = async (item: QuotaItem | undefined, nowMs: number): Promise<boolean> => {
    const isRecent = nowMs - seen.atMs < windowMs + strayMs;
    if (item === undefined) return isRecent || tellsOfUse(await readMarker(store, key), nowMs);
    return item.restored === true || (isRecent && item.version < seen.version);
  };

  const open = async (item: QuotaItem | undefined, nowMs: number) => {
    const ledger = decoded(item);
    const isUnreadable = item !== undefined && ledger === undefined;
    if (!isUnreadable && !(await isLost(item, nowMs)))
      return { ledger: ledger ?? newLedger(nowMs), lost: false };
    const empty = newLedger(nowMs);
    const reservations = ledger?.reservations ?? [];
    return { ledger: { ...empty, reservations, blockedUntilMs: nowMs + windowMs }, lost: true };
  };

  const mark = async (nowMs: number): Promise<void> =>
    writeMarker(store, key, await readMarker(store, key), nowMs);

  const save = async (ledger: Ledger, nowMs: number, item: QuotaItem | undefined) => {
    const isDue = isMarkerDue(ledger.markedMs, nowMs);
    const state = encodeLedger(isDue ? { ...ledger, markedMs: nowMs } : ledger);
    // Versions start at the time, so that those of a former life are lower.
    const version = Math.max(item?.version ?? nowMs, seen.version) + 1;
    const next = { version, state, expiresAtSeconds: expiryOf(ledger, nowMs) };
    const write = store.write(key, next, item?.version);
    // Both are there before a permit is used.
    const [isWritten] = await Promise.all([write, isDue ? mark(nowMs) : undefined]);
    if (isWritten) {
      seen = { version, atMs: nowMs };
      leadMs = Math.min(mostLeadMs, Math.max(leastLeadMs, clock.nowMs() - nowMs));
    }
    return isWritten;
  };

  const pause = (delayMs: number): Promise<void> =>
    new Promise((resolve) => clock.after(delayMs, resolve));

  const attempt = async (operationAt: OperationAt): Promise<Committed | undefined> => {
    const item = await store.read(key);
    const { ledger: before, lost } = await open(item, clock.nowMs());
    const nowMs = clock.nowMs();
    const operation = operationAt(nowMs + leadMs);
    const { ledger, grant } = apply(before, nowMs, operation, pace);
    const committed = { operation, grant, ledger };
    if (!lost && changesNothing(operation, grant)) return committed;
    if (!(await save(ledger, nowMs, item))) return undefined;
    if (lost) onLost();
    return committed;
  };

  return {
    async commit(operationAt) {
      for (let attempts = 1; attempts <= maxAttempts; attempts += 1) {
        const committed = await attempt(operationAt);
        if (committed) return committed;
        // Another process was faster: what it wrote may be old, too, by the time we are back.
        await pause(Math.floor(random() * maxJitterMs));
      }
      throw new Error(`the quota ledger ${key} changes faster than it can be written`);
    },
  };
};
