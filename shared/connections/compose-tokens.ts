/** Tokens, wired to AWS and Klaviyo: how they are kept, renewed and ended. */
import type * as z from 'zod';
import { createKlaviyoOAuth, type Permits } from '../klaviyo/index.ts';
import type { createAwsClients } from '../platform/clients.aws.ts';
import type { bridgeEnvironment } from '../platform/contract/environment.ts';
import type { Logger } from '../platform/logger.ts';
import type { Metrics } from '../platform/metrics.ts';
import { recordCall } from '../platform/record-call.ts';
import { createAuthorise } from './authorise.ts';
import type { ConnectionStore } from './connection-store.dynamodb.ts';
import { createCredentialsStore, createReadOAuthApp } from './credentials-store.secrets.ts';
import { createRenewTokens } from './renew-tokens.ts';
import { createWithTokenLease } from './token-lease.ts';
import { createTokenLeaseStore } from './token-lease-store.dynamodb.ts';
import { toTokenRequest } from './token-request.ts';

export interface TokenPartsOptions {
  readonly environment: z.output<typeof bridgeEnvironment>;
  readonly clients: ReturnType<typeof createAwsClients>;
  readonly connections: ConnectionStore;
  readonly permits: Permits;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** Jobs wait for a refresh, so it gets its permit soon or they go back to the queue. */
const longestHoldMs = 2_000;

export const composeTokens = (options: TokenPartsOptions) => {
  const { environment, clients, connections, permits, logger, metrics } = options;
  const secrets = { client: clients.secrets, prefix: environment.SECRET_NAME_PREFIX };
  const credentials = createCredentialsStore(secrets);
  const readApp = createReadOAuthApp(secrets);
  const oauth = createKlaviyoOAuth({
    permits,
    allowAnyApiUrl: environment.ALLOW_ANY_API_URL,
    onCall: recordCall(metrics, logger),
  });
  const withTokenLease = createWithTokenLease({
    leases: createTokenLeaseStore({
      client: clients.dynamodb,
      tableName: environment.CONNECTIONS_TABLE_NAME,
    }),
  });
  const authorise = createAuthorise({
    readCredentials: credentials.read,
    renewTokens: createRenewTokens({
      readCredentials: credentials.read,
      writeCredentials: credentials.write,
      withTokenLease,
      refresh: async (settings, refreshToken) => {
        const deadline = { notAfterMs: Date.now() + longestHoldMs };
        try {
          const request = toTokenRequest(settings, await readApp(), deadline);
          const tokens = await oauth.refresh(request, refreshToken);
          metrics.add('TokenRefreshes', 1, { result: 'renewed' });
          return tokens;
        } catch (error) {
          // Its jobs only learn that they have to wait; why, is told here.
          const { connectionId } = settings;
          metrics.add('TokenRefreshes', 1, { result: 'failed' });
          logger.warn('the tokens were not refreshed', { connectionId }, error);
          throw error;
        }
      },
    }),
    requireAuthorisation: async (connectionId) => {
      await connections.requireAuthorisation(connectionId);
      logger.error('Klaviyo refused the credentials: connect it again', { connectionId });
      metrics.add('NeedsAuthorisation');
    },
  });
  return { credentials, readApp, oauth, withTokenLease, authorise };
};
