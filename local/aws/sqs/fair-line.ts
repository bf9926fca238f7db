/**
 * Who is served next: SQS's fair queues. Of the message groups that wait, the one with the fewest
 * messages in flight; among equals, the one that was served longest ago. So a tenant with a long
 * backlog holds up nobody else. Within a group the oldest comes first. Every step costs O(1).
 */
export interface FairLine<T> {
  add(item: T, group: string): void;
  /** Takes the next item off the line. */
  take(): T | undefined;
  /** Returns the item that was just taken to the front of its group. */
  putBack(item: T, group: string): void;
  /** A message of the group was received, or was deleted or given back. */
  countInFlight(group: string, change: 1 | -1): void;
}

interface Lane<T> {
  items: T[];
  head: number;
  inFlight: number;
}

/** Below this, the space of the items already taken is not worth a copy. */
const leastCompaction = 1_024;

/** @param pick chooses among the items that wait in a group. @default the first */
export const createFairLine = <T>(pick: (waiting: number) => number = () => 0): FairLine<T> => {
  const lanes = new Map<string, Lane<T>>();
  /** The lanes that have items, by the number that they have in flight; a Set keeps their turns. */
  const levels: (Set<Lane<T>> | undefined)[] = [];
  let lowest = 0;

  const laneOf = (group: string): Lane<T> => {
    const known = lanes.get(group);
    if (known !== undefined) return known;
    const lane: Lane<T> = { items: [], head: 0, inFlight: 0 };
    lanes.set(group, lane);
    return lane;
  };
  const leave = (lane: Lane<T>) => levels[lane.inFlight]?.delete(lane);
  const join = (lane: Lane<T>) => {
    if (lane.head >= lane.items.length) return;
    const level = levels[lane.inFlight] ?? new Set();
    levels[lane.inFlight] = level.add(lane);
    lowest = Math.min(lowest, lane.inFlight);
  };
  const forget = (group: string, lane: Lane<T>) => {
    if (lane.inFlight === 0 && lane.head >= lane.items.length) lanes.delete(group);
  };
  const next = (): Lane<T> | undefined => {
    while (lowest < levels.length && !levels[lowest]?.size) lowest += 1;
    return levels[lowest]?.values().next().value;
  };
  const compact = (lane: Lane<T>) => {
    const done = lane.head >= lane.items.length;
    if (!done && (lane.head < leastCompaction || lane.head * 2 < lane.items.length)) return;
    lane.items = lane.items.slice(lane.head);
    lane.head = 0;
  };
  const shift = (lane: Lane<T>): T | undefined => {
    const chosen = lane.head + pick(lane.items.length - lane.head);
    const item = lane.items[chosen];
    const first = lane.items[lane.head];
    if (first !== undefined) lane.items[chosen] = first;
    lane.head += 1;
    compact(lane);
    return item;
  };

  return {
    add(item, group) {
      const lane = laneOf(group);
      lane.items.push(item);
      if (lane.items.length - lane.head === 1) join(lane);
    },
    take() {
      const lane = next();
      if (lane === undefined) return undefined;
      leave(lane);
      const item = shift(lane);
      join(lane);
      return item;
    },
    putBack(item, group) {
      const lane = laneOf(group);
      leave(lane);
      if (lane.head === 0) lane.items.unshift(item);
      else {
        lane.head -= 1;
        lane.items[lane.head] = item;
      }
      join(lane);
    },
    countInFlight(group, change) {
      const lane = laneOf(group);
      leave(lane);
      lane.inFlight += change;
      join(lane);
      forget(group, lane);
    },
  };
};
