import { invalid } from './api-error.ts';
import type { Call } from './route.ts';

type SortValue = string | number;

interface Cursor {
  readonly after: readonly [SortValue, string];
  readonly issuedMs: number;
}

export interface Sorted<Item> {
  /** In ascending order of `keyOf`, or descending. */
  readonly items: readonly Item[];
  /** What it is sorted by, then the id, which makes it unique. */
  readonly keyOf: (item: Item) => readonly [SortValue, string];
  readonly descending: boolean;
}

/** Compares what is sorted by, then the id. */
export const compareKeys = (
  [left, leftId]: readonly [SortValue, string],
  [right, rightId]: readonly [SortValue, string],
): number => {
  if (left !== right) return left < right ? -1 : 1;
  return leftId < rightId ? -1 : leftId > rightId ? 1 : 0;
};

const write = (cursor: Cursor): string => Buffer.from(JSON.stringify(cursor)).toString('base64url');

const read = (text: string, oldestMs: number): Cursor => {
  const refusal = invalid('Invalid cursor provided.', { pointer: '/data/' });
  try {
    const cursor: Cursor = JSON.parse(Buffer.from(text, 'base64url').toString());
    if (Array.isArray(cursor.after) && cursor.issuedMs >= oldestMs) return cursor;
  } catch {
    throw refusal;
  }
  throw refusal;
};

/** The first position behind the cursor. */
const positionAfter = <Item>(
  { items, keyOf, descending }: Sorted<Item>,
  cursor: Cursor,
): number => {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const item = items[middle];
    const order = item === undefined ? 1 : compareKeys(keyOf(item), cursor.after);
    if (descending ? order >= 0 : order <= 0) low = middle + 1;
    else high = middle;
  }
  return low;
};

/** `links` of a collection. Those of the page itself have no slash at the end. */
const linksOf = ({ url, origin }: Call, nextCursor: string | undefined) => {
  const path = origin + url.pathname.replace(/\/+$/, '').replace(/^\/+/, '/');
  const next = new URLSearchParams(url.searchParams);
  if (nextCursor !== undefined) next.set('page[cursor]', nextCursor);
  return {
    self: path + url.search,
    next: nextCursor === undefined ? null : `${path}?${next}`,
    prev: null,
  };
};

/** One page of a collection, and its links. Pages continue behind the last item, not at a number. */
export const pageOf = <Item>(call: Call, sorted: Sorted<Item>, defaultSize: number) => {
  const size = Number(call.query.get('page[size]') ?? defaultSize);
  const cursorText = call.query.get('page[cursor]');
  const oldestMs = call.nowMs - call.cursorLifetimeMs;
  const start = cursorText === undefined ? 0 : positionAfter(sorted, read(cursorText, oldestMs));
  const items = sorted.items.slice(start, start + size);
  const last = items.at(-1);
  const more = last !== undefined && start + size < sorted.items.length;
  const next = more ? write({ after: sorted.keyOf(last), issuedMs: call.nowMs }) : undefined;
  return { items, links: linksOf(call, next) };
};
