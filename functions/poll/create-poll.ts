/** The poll from its parts: for the handler, and for tests that bring parts of their own. */

import type { FindConnection, OpenConnection } from '../../shared/connections/find-connection.ts';
import type { KlaviyoClient, Permits } from '../../shared/klaviyo/index.ts';
import type { PollCursors } from '../../shared/people/contract/poll-cursor.ts';
import type { ProfileMemory } from '../../shared/people/contract/profile-memory.ts';
import type { Logger } from '../../shared/platform/logger.ts';
import type { Metrics } from '../../shared/platform/metrics.ts';
import { createForgetAccounts, type ForgetAccountsOptions } from './forget-accounts.ts';
import { createInboundRoom } from './inbound-room.ts';
import { createMatchCustomers, type MatchCustomersOptions } from './match-customer.ts';
import { createPublishOnRequest } from './publish-on-request.ts';
import { createPublishProfiles, type PublishProfilesOptions } from './publish-profiles.ts';
import { createFetchByIds } from './requests/fetch-by-ids.ts';
import { createFetchPage } from './requests/fetch-page.ts';
import { createRun } from './run.ts';
import { createScanConnection } from './scan-connection.ts';
import {
  createScanDueConnections,
  type ScanDueConnectionsOptions,
} from './scan-due-connections.ts';

export interface PollOptions {
  readonly klaviyo: Pick<KlaviyoClient, 'call'>;
  readonly permits: Pick<Permits, 'flush'>;
  readonly cursors: PollCursors;
  readonly memory: ProfileMemory & MatchCustomersOptions;
  readonly publish: PublishProfilesOptions['publish'];
  /** About how many messages wait on `inbound`. */
  readonly countMessages: () => Promise<number>;
  readonly listConnections: ScanDueConnectionsOptions['listConnections'];
  readonly openConnection: OpenConnection;
  readonly findConnection: FindConnection;
  readonly readSettings: ForgetAccountsOptions['readSettings'];
  readonly forgetting: ForgetAccountsOptions['forgetting'];
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** @default the system's clock */
  readonly now?: () => number;
}

/** The Lambda handler of the poll. */
export const createPoll = (options: PollOptions) => {
  const { klaviyo, permits, cursors, memory, publish, countMessages, logger, metrics } = options;
  const { now = Date.now } = options;
  const matchCustomers = createMatchCustomers(memory);
  const publishProfiles = createPublishProfiles({ memory, matchCustomers, publish });
  const scanConnection = createScanConnection({
    cursors,
    publishProfiles,
    fetchPage: createFetchPage({ klaviyo }),
    onRestart: (connectionId) => {
      metrics.add('ScansRestarted');
      logger.warn('Klaviyo refused the cursor of a page: the scan starts over', { connectionId });
    },
    now,
  });
  return createRun({
    ...options,
    scanDueConnections: createScanDueConnections({ ...options, scanConnection }),
    publishOnRequest: createPublishOnRequest({
      fetchByIds: createFetchByIds({ klaviyo }),
      publishProfiles,
      now,
    }),
    forgetAccounts: createForgetAccounts({ ...options, now }),
    hasRoom: createInboundRoom({ countMessages, now }),
    flush: async () => {
      // Unwritten receipts only cost throughput: they must not fail a run that did its work.
      await permits.flush().catch((error) => logger.warn('permits were not reported', {}, error));
      metrics.flush();
    },
  });
};
