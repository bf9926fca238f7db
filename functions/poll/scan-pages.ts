/** The pages of a scan, each fetched while the one before it is being published. */

import { KlaviyoRequestError, type Profile } from '../../shared/klaviyo/index.ts';
import type { Scan } from '../../shared/people/contract/poll-cursor.ts';
import type { ScanPage } from './requests/fetch-page.ts';

export interface ScanPagesOptions {
  readonly scan: Scan;
  /** The page to begin with, where it was fetched before. */
  readonly first?: ScanPage;
  readonly fetch: (scan: Scan) => Promise<ScanPage>;
  /** Whether another page may be begun. */
  readonly mayGoOn: () => Promise<boolean>;
  /** Told when Klaviyo refused a cursor, and the scan starts over. */
  readonly onRestart: () => void;
}

export interface PageInPlace {
  readonly profiles: readonly Profile[];
  /** Where the scan goes on; undefined after its last page. */
  readonly next: Scan | undefined;
}

/** A page and where it was fetched. */
type Placed = readonly [Scan, ScanPage];

/** Refused cursors in one run: more is not their age. */
const maxRestarts = 2;

/** Whether Klaviyo no longer takes the cursor of a page: it expires after some days. */
const isCursorRefusal = (error: unknown, { pageCursor }: Scan): boolean =>
  pageCursor !== undefined &&
  error instanceof KlaviyoRequestError &&
  (error.status === 400 || error.status === 404);

/** It fails where it is awaited, and not before. */
const quietly = <T>(promise: Promise<T>): Promise<T> => {
  promise.catch(() => {});
  return promise;
};

/** Where a cursor is refused, the scan starts over: what was published is skipped by its state. */
export async function* scanPages({
  scan,
  first,
  fetch,
  mayGoOn,
  onRestart,
}: ScanPagesOptions): AsyncGenerator<PageInPlace, void, void> {
  let restarts = 0;
  const orFromTheStart = async (from: Scan, error: unknown): Promise<Placed> => {
    restarts += 1;
    if (restarts > maxRestarts || !isCursorRefusal(error, from)) throw error;
    onRestart();
    const start = { lowerMs: from.lowerMs, upperMs: from.upperMs };
    return [start, await fetch(start)];
  };
  const place = (from: Scan, page: Promise<ScanPage>) =>
    quietly(
      page.then(
        (found): Placed => [from, found],
        (error: unknown) => orFromTheStart(from, error),
      ),
    );

  let fetching: Promise<Placed> | undefined = place(
    scan,
    first === undefined ? fetch(scan) : Promise.resolve(first),
  );
  try {
    while (fetching !== undefined) {
      const [from, { profiles, nextCursor }]: Placed = await fetching;
      const next: Scan | undefined =
        nextCursor === undefined ? undefined : { ...from, pageCursor: nextCursor };
      fetching = next && (await mayGoOn()) ? place(next, fetch(next)) : undefined;
      yield { profiles, next };
    }
  } finally {
    await fetching?.catch(() => {}); // nothing goes on behind the back of who stopped
  }
}
