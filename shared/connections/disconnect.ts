/** Ends a connection's access: at Klaviyo, and here. */

import { KlaviyoAuthorisationError, type KlaviyoOAuth } from '../klaviyo/index.ts';
import type { ConnectionSettings, Credentials, OAuthApp } from './contract.ts';
import { createIsGrantShared, type SharedGrantOptions } from './shared-grant.ts';
import type { WithTokenLease } from './token-lease.ts';
import { toTokenRequest } from './token-request.ts';

export interface DisconnectOptions extends SharedGrantOptions {
  readonly readSettings: (connectionId: string) => Promise<ConnectionSettings | undefined>;
  readonly readCredentials: (connectionId: string) => Promise<Credentials | undefined>;
  readonly holdJobs: (connectionId: string) => Promise<void>;
  readonly removeCredentials: (connectionId: string) => Promise<void>;
  readonly readApp: () => Promise<OAuthApp | undefined>;
  readonly revoke: KlaviyoOAuth['revoke'];
  readonly withTokenLease: WithTokenLease;
  /** @default the system's clock */
  readonly now?: () => number;
}

/**
 * - `revoked`: Klaviyo has removed the app from the account.
 * - `shared`: another connection uses the app on the same account, so the grant was left alone.
 * - `refused`: Klaviyo no longer knew the grant, or the app: see there that the app is gone.
 * - `nothing`: there was no grant: a private key, or no credentials at all.
 */
export type Revocation = 'revoked' | 'shared' | 'refused' | 'nothing';

/** How long a revocation may wait for its permit: nobody else is waiting for it. */
const longestHoldMs = 10_000;

/**
 * Holds the jobs, revokes the grant at Klaviyo, then deletes the secret. The settings stay, with the
 * account that the connection belongs to. Safe to repeat: where Klaviyo cannot be reached, nothing
 * is deleted and the error says so.
 */
export const createDisconnect = (options: DisconnectOptions) => {
  const { readSettings, readCredentials, readApp, now = Date.now } = options;

  const isGrantShared = createIsGrantShared(options);

  const revoke = async (settings: ConnectionSettings): Promise<Revocation> => {
    const credentials = await readCredentials(settings.connectionId);
    if (credentials?.kind !== 'oauth') return 'nothing';
    const { connectionId, accountId } = settings;
    if (accountId !== undefined && (await isGrantShared(connectionId, accountId))) return 'shared';
    const deadline = { notAfterMs: now() + longestHoldMs };
    const request = toTokenRequest(settings, await readApp(), deadline);
    try {
      await options.revoke(request, credentials.refreshToken);
      return 'revoked';
    } catch (error) {
      if (error instanceof KlaviyoAuthorisationError) return 'refused';
      throw error;
    }
  };

  /** Undefined where there is no such connection. */
  return async (connectionId: string): Promise<Revocation | undefined> => {
    const settings = await readSettings(connectionId);
    if (settings === undefined) return undefined;
    await options.holdJobs(connectionId);
    return options.withTokenLease(connectionId, async () => {
      const revocation = await revoke(settings);
      await options.removeCredentials(connectionId);
      return revocation;
    });
  };
};
