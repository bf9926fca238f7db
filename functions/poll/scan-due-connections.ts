/** One run of the poll: the scans of all connections that are due, several at a time. */
import type { ConnectionSettings } from '../../shared/connections/contract.ts';
import type { OpenConnection } from '../../shared/connections/find-connection.ts';
import { outcomeOf } from '../../shared/jobs/outcome.ts';
import type { PollCursor } from '../../shared/people/contract/poll-cursor.ts';
import type { Logger } from '../../shared/platform/logger.ts';
import type { Metrics } from '../../shared/platform/metrics.ts';
import type { Tally } from './publish-profiles.ts';
import { isDue, lagMs } from './rules/scan-window.ts';
import type { RunLimits, ScanConnection } from './scan-connection.ts';

/** A connection and how far its scans got. */
export interface PolledConnection {
  readonly settings: ConnectionSettings;
  readonly cursor: PollCursor;
}

export interface ScanDueConnectionsOptions {
  readonly listConnections: () => AsyncIterable<PolledConnection>;
  readonly openConnection: OpenConnection;
  readonly scanConnection: ScanConnection;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** @default the system's clock */
  readonly now?: () => number;
}

export interface RunSummary extends Tally {
  /** Connections that were due. */
  readonly due: number;
  /** … of which everything was published. */
  readonly finished: number;
  readonly failed: number;
}

/** Without a connection's id: all that are due. */
export type ScanDueConnections = (
  connectionId: string | undefined,
  limits: RunLimits,
) => Promise<RunSummary>;

const scansAtOnce = 20;
/** Pages after which a long scan lets others have their turn. */
const pagesPerTurn = 20;

interface Work extends PolledConnection {
  pages?: ReturnType<ScanConnection> | undefined;
  watermarkMs?: number;
  outcome?: 'finished' | 'failed';
}

/** Those that have waited longest first; scans of many pages last, as they take what time is left. */
const inOrder = (work: readonly Work[]): Work[] => {
  const rank = ({ cursor: { begun, watermarkMs } }: Work) =>
    begun === undefined ? (watermarkMs ?? Number.MAX_SAFE_INTEGER) : Number.MAX_SAFE_INTEGER;
  return work.toSorted((a, b) => rank(a) - rank(b));
};

export const createScanDueConnections = ({
  listConnections,
  openConnection,
  scanConnection,
  logger,
  metrics,
  now = Date.now,
}: ScanDueConnectionsOptions): ScanDueConnections => {
  const findDue = async (connectionId: string | undefined): Promise<Work[]> => {
    const due: Work[] = [];
    for await (const { settings, cursor } of listConnections()) {
      const wanted =
        connectionId === undefined
          ? isDue(settings, cursor, now())
          : settings.connectionId === connectionId;
      if (wanted) due.push({ settings, cursor });
    }
    return inOrder(due);
  };

  const begin = (work: Work, limits: RunLimits): Work['pages'] => {
    const state = openConnection(work.settings);
    return state.kind === 'open'
      ? scanConnection(state.connection, work.cursor, limits)
      : undefined;
  };

  const fail = (work: Work, error: unknown, { signal }: RunLimits) => {
    const outcome = outcomeOf(error);
    const { connectionId } = work.settings;
    if (outcome.kind === 'later' || signal?.aborted) {
      const reason = outcome.kind === 'later' ? outcome.reason : 'out_of_time';
      logger.info('a scan waits for the next run', { connectionId, reason });
      return;
    }
    work.outcome = 'failed';
    metrics.add('ScansFailed');
    // What passes by itself is tried again by the next run; the rest needs a person.
    logger[outcome.kind === 'retry' ? 'warn' : 'error']('a scan failed', { connectionId }, error);
  };

  /** Some pages of one scan; resolves to whether there may be more. */
  const takeTurn = async (work: Work, limits: RunLimits, count: (tally: Tally) => void) => {
    work.pages ??= begin(work, limits);
    if (work.pages === undefined) return false;
    for (let page = 0; page < pagesPerTurn; page += 1) {
      const step = await work.pages.next();
      if (!step.done) {
        count(step.value);
        continue;
      }
      if (step.value !== undefined) {
        work.watermarkMs = step.value;
        work.outcome = 'finished';
      }
      return false;
    }
    return true;
  };

  const measure = (work: readonly Work[], tally: Tally): RunSummary => {
    const lags = work.flatMap(({ settings: { poll }, cursor, watermarkMs = cursor.watermarkMs }) =>
      watermarkMs === undefined ? [] : [lagMs(watermarkMs, poll.everySeconds, now())],
    );
    metrics.add('PollLag', Math.round(Math.max(0, ...lags) / 1_000));
    metrics.add('ProfilesPublished', tally.published);
    metrics.add('ProfilesSkipped', tally.skipped);
    metrics.add('ProfileEchoes', tally.echoes);
    const ended = (outcome: Work['outcome']) =>
      work.filter((one) => one.outcome === outcome).length;
    return { ...tally, due: work.length, finished: ended('finished'), failed: ended('failed') };
  };

  return async (connectionId, limits) => {
    const due = await findDue(connectionId);
    const queue = [...due];
    let total: Tally = { published: 0, skipped: 0, echoes: 0 };
    const count = ({ published, skipped, echoes }: Tally) => {
      total = {
        published: total.published + published,
        skipped: total.skipped + skipped,
        echoes: total.echoes + echoes,
      };
    };
    const drain = async () => {
      for (let work = queue.shift(); work !== undefined; work = queue.shift())
        try {
          // A scan that was begun ends itself: it has a lease to give back.
          const mayBegin = work.pages !== undefined || (await limits.mayGoOn());
          if (mayBegin && (await takeTurn(work, limits, count))) queue.push(work);
        } catch (error) {
          fail(work, error, limits);
        }
    };
    await Promise.all(Array.from({ length: scansAtOnce }, drain));
    return measure(due, total);
  };
};
