/** Things that fall due, soonest first. Adding, removing and taking cost O(log n) each. */
export interface DeadlineHeap<T> {
  /** Adds an item, or moves it to another time. */
  set(item: T, atMs: number): void;
  delete(item: T): void;
  /** When the next item falls due. */
  readonly nextAtMs: number | undefined;
  /** Takes the next item if it is due by then. */
  takeDue(nowMs: number): T | undefined;
}

interface Entry<T> {
  readonly item: T;
  readonly atMs: number;
}

/** A binary heap that knows where each item is, so that one in the middle can be removed. */
export const createDeadlineHeap = <T>(): DeadlineHeap<T> => {
  const entries: Entry<T>[] = [];
  const positions = new Map<T, number>();

  const put = (entry: Entry<T>, position: number) => {
    entries[position] = entry;
    positions.set(entry.item, position);
  };
  const isSooner = (a: number, b: number) =>
    (entries[a]?.atMs ?? Number.POSITIVE_INFINITY) < (entries[b]?.atMs ?? Number.POSITIVE_INFINITY);
  const swap = (a: number, b: number) => {
    const [first, second] = [entries[a], entries[b]];
    if (first === undefined || second === undefined) return;
    put(second, a);
    put(first, b);
  };
  const rise = (position: number) => {
    for (let at = position; at > 0; ) {
      const parent = (at - 1) >> 1;
      if (!isSooner(at, parent)) return;
      swap(at, parent);
      at = parent;
    }
  };
  const sink = (position: number) => {
    for (let at = position; ; ) {
      const left = 2 * at + 1;
      const child = isSooner(left + 1, left) ? left + 1 : left;
      if (!isSooner(child, at)) return;
      swap(at, child);
      at = child;
    }
  };
  const remove = (item: T) => {
    const position = positions.get(item);
    const last = entries.pop();
    if (position === undefined || last === undefined) return;
    positions.delete(item);
    if (last.item === item) return;
    put(last, position);
    rise(position);
    sink(position);
  };

  return {
    set(item, atMs) {
      if (positions.has(item)) remove(item);
      put({ item, atMs }, entries.length);
      rise(entries.length - 1);
    },
    delete: (item) => {
      if (positions.has(item)) remove(item);
    },
    get nextAtMs() {
      return entries[0]?.atMs;
    },
    takeDue(nowMs) {
      const next = entries[0];
      if (next === undefined || next.atMs > nowMs) return undefined;
      remove(next.item);
      return next.item;
    },
  };
};
