/**
 * A marker beside each ledger, that it is in use. A ledger that is missing may be new, may have been
 * idle until the store dropped it, or may have been deleted: only then calls may have been made
 * that nobody remembers, and the marker tells.
 */
import { quotaKeys } from '../platform/contract/tables.ts';
import type { QuotaItem, QuotaStore } from './quota-store.ts';
import { strayMs, windowMs } from './reservations.ts';

/** How long a ledger and its marker outlive their last use. */
export const keptMs = 3_600_000;
/**
 * The marker is renewed when older than this. What counts in the last minute was used this much
 * after the marker at the latest; a ledger that expired was idle for longer. So the one is told from
 * the other.
 */
const renewedMs = 1_800_000;

export const isMarkerDue = (markedMs: number, nowMs: number): boolean =>
  nowMs - markedMs > renewedMs;

export const readMarker = (store: QuotaStore, key: string): Promise<QuotaItem | undefined> =>
  store.read(quotaKeys.inUse(key));

/** Marks the ledger as in use, where `known` is the marker so far. */
export const writeMarker = async (
  store: QuotaStore,
  key: string,
  known: QuotaItem | undefined,
  nowMs: number,
): Promise<void> => {
  const version = (known?.version ?? 0) + 1;
  const expiresAtSeconds = Math.ceil((nowMs + keptMs) / 1000);
  const marker = { version, state: nowMs.toString(36), expiresAtSeconds };
  // Where another was faster, its marker says the same.
  await store.write(quotaKeys.inUse(key), marker, known?.version);
};

/** Whether calls may have been made in the last minute under a ledger that is missing now. */
export const tellsOfUse = (marker: QuotaItem | undefined, nowMs: number): boolean =>
  marker !== undefined &&
  nowMs < Number.parseInt(marker.state, 36) + renewedMs + windowMs + strayMs;
