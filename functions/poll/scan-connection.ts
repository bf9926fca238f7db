/** The scan of one connection: page after page, each published before its place is saved. */
import { randomUUID } from 'node:crypto';
import { memoryKeyOf } from '../../shared/connections/contract.ts';
import type { Connection } from '../../shared/connections/find-connection.ts';
import type { CallOptions } from '../../shared/klaviyo/index.ts';
import type { PollCursor, PollCursors, Scan } from '../../shared/people/contract/poll-cursor.ts';
import type { PublishProfiles, Tally } from './publish-profiles.ts';
import type { FetchPage, ScanPage } from './requests/fetch-page.ts';
import { latestBoundMs, type ScanWindow, scanWindow } from './rules/scan-window.ts';
import { scanPages } from './scan-pages.ts';

export interface ScanConnectionOptions {
  readonly cursors: PollCursors;
  readonly fetchPage: FetchPage;
  readonly publishProfiles: PublishProfiles;
  /** Told when Klaviyo refused a cursor, and the scan starts over. */
  readonly onRestart?: (connectionId: string) => void;
  /** @default the system's clock */
  readonly now?: () => number;
}

export interface RunLimits extends CallOptions {
  /** Whether another page may be begun: there is time, and room on the queue. */
  readonly mayGoOn: () => Promise<boolean>;
}

/** Yields after each page what became of its profiles; returns the watermark once all are published. */
export type ScanConnection = (
  connection: Connection,
  cursor: PollCursor,
  limits: RunLimits,
) => AsyncGenerator<Tally, number | undefined, void>;

/** An idle connection's watermark is moved this often: the window grows, at no cost, in between. */
const idleSaveMs = 300_000;
/** A connection that is scanned at every run needs no saved time to know when it is due. */
const everyRunSeconds = 60;

/** A scan under this run's lease; with its first page, where that was fetched before. */
interface OpenScan {
  readonly scan: Scan;
  readonly owner: string;
  readonly first?: ScanPage;
}

export const createScanConnection = ({
  cursors,
  fetchPage,
  publishProfiles,
  onRestart = () => {},
  now = Date.now,
}: ScanConnectionOptions): ScanConnection => {
  const resume = async (memoryKey: string): Promise<OpenScan | undefined> => {
    const owner = randomUUID();
    const scan = (await cursors.resume(memoryKey, owner))?.begun;
    return scan && { scan, owner };
  };

  /** Looks before it takes the lease: where nothing has changed, nothing has to be written. */
  const begin = async (
    { settings, klaviyo }: Connection,
    fromMs: number | undefined,
    window: ScanWindow,
    limits: RunLimits,
  ): Promise<OpenScan | { readonly watermarkMs: number } | undefined> => {
    const memoryKey = memoryKeyOf(settings);
    const { poll } = settings;
    const page = await fetchPage(window, klaviyo, limits);
    if (page.profiles.length > 0 || page.nextCursor !== undefined) {
      const owner = randomUUID();
      const begun = await cursors.begin(memoryKey, owner, fromMs, window);
      return begun ? { scan: window, owner, first: page } : undefined;
    }
    const worthSaving =
      fromMs === undefined ||
      poll.everySeconds > everyRunSeconds ||
      window.upperMs - fromMs >= idleSaveMs;
    if (worthSaving) await cursors.advance(memoryKey, fromMs, window.upperMs);
    return { watermarkMs: window.upperMs };
  };

  /** Publishes page after page; what is left when it has to stop is there for the next run. */
  async function* goOn(
    { settings, klaviyo }: Connection,
    { scan, first, owner }: OpenScan,
    limits: RunLimits,
  ): AsyncGenerator<Tally, number | undefined, void> {
    const { connectionId } = settings;
    const memoryKey = memoryKeyOf(settings);
    const { upperMs } = scan;
    const pages = scanPages({
      scan,
      ...(first === undefined ? {} : { first }),
      fetch: (from) => fetchPage(from, klaviyo, limits),
      mayGoOn: limits.mayGoOn,
      onRestart: () => onRestart(connectionId),
    });
    let leased = true;
    try {
      for await (const { profiles, next } of pages) {
        const tally = await publishProfiles({ settings, profiles, asOfMs: upperMs });
        if (next === undefined) {
          const finished = await cursors.finish(memoryKey, owner, upperMs);
          leased = false;
          yield tally;
          return finished ? upperMs : undefined;
        }
        leased = await cursors.save(memoryKey, owner, next);
        yield tally;
        if (!leased) return undefined;
      }
      return undefined;
    } finally {
      if (leased) await cursors.release(memoryKey, owner);
    }
  }

  return async function* (connection, { watermarkMs, begun }, limits) {
    const { poll } = connection.settings;
    const memoryKey = memoryKeyOf(connection.settings);
    if (begun !== undefined) {
      const open = await resume(memoryKey);
      return open && (yield* goOn(connection, open, limits));
    }
    if (watermarkMs === undefined && poll.startFrom === 'now') {
      const startMs = latestBoundMs(now());
      return (await cursors.advance(memoryKey, undefined, startMs)) ? startMs : undefined;
    }
    const window = scanWindow(watermarkMs, poll, now());
    if (window === undefined) return watermarkMs;
    const opened = await begin(connection, watermarkMs, window, limits);
    if (opened === undefined) return undefined;
    return 'owner' in opened ? yield* goOn(connection, opened, limits) : opened.watermarkMs;
  };
};
