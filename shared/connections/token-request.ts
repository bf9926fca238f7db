/** What a token request of a connection needs, from the connection's settings. */

import type { TokenRequest } from '../klaviyo/index.ts';
import { PassingError } from '../platform/passing-error.ts';
import type { ConnectionSettings, OAuthApp } from './contract.ts';

/** The account is known once it is connected; until then the connection counts for itself. */
const quotaScopeOf = ({ accountId, connectionId }: ConnectionSettings): string =>
  accountId ?? connectionId;

export interface TokenDeadline {
  /** Epoch milliseconds after which the request is no longer begun. */
  readonly notAfterMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** @throws PassingError while the stage has no OAuth app: an operator can still store one. */
export const toTokenRequest = (
  settings: ConnectionSettings,
  app: OAuthApp | undefined,
  deadline: TokenDeadline,
): TokenRequest => {
  if (app === undefined) throw new PassingError('no OAuth app is stored for this stage');
  return { apiUrl: settings.apiUrl, quotaScope: quotaScopeOf(settings), app, ...deadline };
};
