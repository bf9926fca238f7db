/**
 * Who is served next: SQS's fair queues. Of the message groups that wait, the one with the fewest
 * messages in flight; among equals, the one that was served longest ago. So a tenant with a long
 * backlog holds up nobody else. Within a group the oldest comes first. Every step costs O(1).
 */
export interface FairLine<T> {
  add(item: T, groupId: string): void;
  /** Takes the next item off the line. */
  take(): T | undefined;
  /** Returns the item that was just taken to the front of its group. */
  putBack(item: T, groupId: string): void;
  /** A message of the group was received, or was deleted or given back. */
  countInFlight(groupId: string, change: 1 | -1): void;
}

interface MessageGroup<T> {
  items: T[];
  head: number;
  inFlight: number;
}

/** Below this, the space of the items already taken is not worth a copy. */
const leastCompaction = 1_024;

/** @param pick chooses among the items that wait in a group. @default the first */
export const createFairLine = <T>(pick: (waiting: number) => number = () => 0): FairLine<T> => {
  const groups = new Map<string, MessageGroup<T>>();
  /** The groups that have items, by the number that they have in flight; a Set keeps their order. */
  const levels: (Set<MessageGroup<T>> | undefined)[] = [];
  let lowest = 0;

  const groupOf = (groupId: string): MessageGroup<T> => {
    const known = groups.get(groupId);
    if (known !== undefined) return known;
    const group: MessageGroup<T> = { items: [], head: 0, inFlight: 0 };
    groups.set(groupId, group);
    return group;
  };
  const leave = (group: MessageGroup<T>) => levels[group.inFlight]?.delete(group);
  const join = (group: MessageGroup<T>) => {
    if (group.head >= group.items.length) return;
    const level = levels[group.inFlight] ?? new Set();
    levels[group.inFlight] = level.add(group);
    lowest = Math.min(lowest, group.inFlight);
  };
  const forget = (groupId: string, group: MessageGroup<T>) => {
    if (group.inFlight === 0 && group.head >= group.items.length) groups.delete(groupId);
  };
  const next = (): MessageGroup<T> | undefined => {
    while (lowest < levels.length && !levels[lowest]?.size) lowest += 1;
    return levels[lowest]?.values().next().value;
  };
  const compact = (group: MessageGroup<T>) => {
    const done = group.head >= group.items.length;
    if (!done && (group.head < leastCompaction || group.head * 2 < group.items.length)) return;
    group.items = group.items.slice(group.head);
    group.head = 0;
  };
  const shift = (group: MessageGroup<T>): T | undefined => {
    const chosen = group.head + pick(group.items.length - group.head);
    const item = group.items[chosen];
    const first = group.items[group.head];
    if (first !== undefined) group.items[chosen] = first;
    group.head += 1;
    compact(group);
    return item;
  };

  return {
    add(item, groupId) {
      const group = groupOf(groupId);
      group.items.push(item);
      if (group.items.length - group.head === 1) join(group);
    },
    take() {
      const group = next();
      if (group === undefined) return undefined;
      leave(group);
      const item = shift(group);
      join(group);
      return item;
    },
    putBack(item, groupId) {
      const group = groupOf(groupId);
      leave(group);
      if (group.head === 0) group.items.unshift(item);
      else {
        group.head -= 1;
        group.items[group.head] = item;
      }
      join(group);
    },
    countInFlight(groupId, change) {
      const group = groupOf(groupId);
      leave(group);
      group.inFlight += change;
      join(group);
      forget(groupId, group);
    },
  };
};
