import type { PollCursor, PollCursors } from '../../../shared/people/contract/poll-cursor.ts';

type Item = PollCursor & { readonly owner?: string | undefined };

/** Cursors in memory, with leases as the table keeps them. */
export const createMemoryCursors = (nowMs: () => number) => {
  const items = new Map<string, Item>();
  const read = (id: string): Item => items.get(id) ?? {};
  const leaseFor = (owner: string) => ({ owner, leaseUntilMs: nowMs() + 70_000 });
  const isFree = ({ owner, leaseUntilMs = 0 }: Item, asking: string) =>
    leaseUntilMs <= nowMs() || owner === asking;
  const without = ({ owner: _, leaseUntilMs: __, ...item }: Item): Item => item;

  const cursors = {
    advance(id: string, fromMs: number | undefined, toMs: number) {
      const item = read(id);
      if (item.begun !== undefined || item.watermarkMs !== fromMs) return false;
      items.set(id, { ...item, watermarkMs: toMs });
      return true;
    },
    begin(id: string, owner: string, fromMs: number | undefined, begun: PollCursor['begun']) {
      const item = read(id);
      if (item.watermarkMs !== fromMs || !isFree(item, owner)) return false;
      if (item.begun !== undefined && item.owner !== owner) return false;
      items.set(id, { ...item, begun, ...leaseFor(owner) });
      return true;
    },
    resume(id: string, owner: string): PollCursor | undefined {
      const item = read(id);
      if (item.begun === undefined || !isFree(item, owner)) return undefined;
      const leased = { ...item, ...leaseFor(owner) };
      items.set(id, leased);
      const { owner: _, ...cursor } = leased;
      return cursor;
    },
    save(id: string, owner: string, begun: PollCursor['begun']) {
      const item = read(id);
      if (item.owner !== owner) return false;
      items.set(id, { ...item, begun });
      return true;
    },
    finish(id: string, owner: string, watermarkMs: number) {
      const item = read(id);
      if (item.owner !== owner) return false;
      const { begun: _, ...rest } = without(item);
      items.set(id, { ...rest, watermarkMs });
      return true;
    },
    release(id: string, owner: string) {
      const item = read(id);
      if (item.owner === owner) items.set(id, without(item));
    },
  };
  return { cursors, read };
};

type Sync = ReturnType<typeof createMemoryCursors>['cursors'];

/** The port over them: each operation takes its time, or fails, as `during` says. */
export const cursorsOver = (
  cursors: Sync,
  during: <T>(effect: () => T) => Promise<T>,
): PollCursors => ({
  advance: (...args) => during(() => cursors.advance(...args)),
  begin: (...args) => during(() => cursors.begin(...args)),
  resume: (...args) => during(() => cursors.resume(...args)),
  save: (...args) => during(() => cursors.save(...args)),
  finish: (...args) => during(() => cursors.finish(...args)),
  release: (...args) => during(() => cursors.release(...args)),
});
