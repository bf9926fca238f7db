/** A quota store in memory, with the latency of a database as one process sees it. */
import type { QuotaItem, QuotaStore } from '../../shared/pacing/quota-store.ts';

export interface MemoryQuotaTable {
  readonly items: Map<string, QuotaItem>;
  /** What the database was asked, by all processes. */
  readonly asked: { reads: number; writes: number; lost: number };
  /** Every state that was written, in order, for those who look closely. */
  onWritten: (key: string, item: QuotaItem) => void;
  /** The largest state that was ever written, in bytes. */
  readonly largest: { bytes: number };
}

export const createMemoryQuotaTable = (): MemoryQuotaTable => ({
  items: new Map(),
  asked: { reads: 0, writes: 0, lost: 0 },
  onWritten: () => {},
  largest: { bytes: 0 },
});

/** The table as a process sees it: each request takes a while both ways. */
export const openMemoryQuotaStore = (
  table: MemoryQuotaTable,
  travel: () => Promise<void> = async () => {},
): QuotaStore => ({
  async read(key) {
    await travel();
    table.asked.reads += 1;
    const item = table.items.get(key);
    await travel();
    return item;
  },
  async write(key, item, expected) {
    await travel();
    table.asked.writes += 1;
    const isCurrent = table.items.get(key)?.version === expected;
    if (isCurrent) {
      table.items.set(key, item);
      table.onWritten(key, item);
    } else table.asked.lost += 1;
    table.largest.bytes = Math.max(table.largest.bytes, item.state.length);
    await travel();
    return isCurrent;
  },
});
