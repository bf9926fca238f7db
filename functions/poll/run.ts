/** One run of the poll: by its schedule, or on the request of a person who names what is wanted. */

import type { Connection, FindConnection } from '../../shared/connections/find-connection.ts';
import { deadlineSignal } from '../../shared/jobs/deadline-signal.ts';
import type { Logger } from '../../shared/platform/logger.ts';
import type { Metrics } from '../../shared/platform/metrics.ts';
import type { ForgetAccounts } from './forget-accounts.ts';
import type { PublishOnRequest, RequestSummary } from './publish-on-request.ts';
import { parsePollEvent } from './rules/poll-event.ts';
import type { RunLimits } from './scan-connection.ts';
import type { RunSummary, ScanDueConnections } from './scan-due-connections.ts';

export interface RunOptions {
  readonly scanDueConnections: ScanDueConnections;
  readonly publishOnRequest: PublishOnRequest;
  readonly findConnection: FindConnection;
  readonly forgetAccounts: ForgetAccounts;
  /** Whether there is room on `inbound`. */
  readonly hasRoom: () => Promise<boolean>;
  /** Called at the end of a run: permits owed to the shared ledger, metrics. */
  readonly flush: () => Promise<void>;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** @default the system's clock */
  readonly now?: () => number;
}

/** Time kept for publishing the last page and saving its place. */
const savingMs = 4_000;
/** A call that is still under way is given up then: fetching again does no harm. */
const abortingMs = 2_000;

/** The part of Lambda's context that the poll looks at. */
interface Invocation {
  getRemainingTimeInMillis(): number;
}

/** @throws Error when the event asks for something that there is not. */
export const createRun = ({
  scanDueConnections,
  publishOnRequest,
  findConnection,
  forgetAccounts,
  hasRoom,
  flush,
  logger,
  metrics,
  now = Date.now,
}: RunOptions) => {
  const limitsOf = (remainingMs: number): RunLimits => {
    const notAfterMs = now() + remainingMs - savingMs;
    let paused = false;
    return {
      notAfterMs,
      signal: deadlineSignal(remainingMs - abortingMs),
      mayGoOn: async () => {
        if (now() >= notAfterMs) return false;
        const room = await hasRoom();
        if (!room && !paused) {
          paused = true;
          metrics.add('PollPaused');
          logger.warn('scans are paused until the reader of inbound has caught up');
        }
        return room;
      },
    };
  };

  const openConnection = async (connectionId: string): Promise<Connection> => {
    const state = await findConnection(connectionId);
    if (state.kind === 'open') return state.connection;
    throw new Error(
      state.kind === 'held'
        ? `connection ${connectionId} is not connected`
        : `there is no connection ${connectionId}`,
    );
  };

  const onRequest = async (
    connectionId: string,
    profileIds: readonly string[],
    limits: RunLimits,
  ): Promise<RequestSummary> => {
    const summary = await publishOnRequest(await openConnection(connectionId), profileIds, limits);
    const { published, unknownProfileIds } = summary;
    metrics.add('ProfilesPublished', published);
    logger.info('profiles were published on request', { connectionId, published });
    if (unknownProfileIds.length > 0)
      logger.warn('Klaviyo has no such profiles', { connectionId, profileIds: unknownProfileIds });
    return summary;
  };

  return async (event: unknown, context: Invocation): Promise<RunSummary | RequestSummary> => {
    const { connectionId, profileIds } = parsePollEvent(event);
    const limits = limitsOf(context.getRemainingTimeInMillis());
    try {
      if (connectionId !== undefined && profileIds !== undefined)
        return await onRequest(connectionId, profileIds, limits);
      if (connectionId !== undefined) await openConnection(connectionId);
      const summary = await scanDueConnections(connectionId, limits);
      if (connectionId === undefined) await forgetAccounts(limits.notAfterMs);
      return summary;
    } finally {
      await flush();
    }
  };
};
