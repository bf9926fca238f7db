/** The `Authorization` header of a connection, by its kind of credentials. */

import { KlaviyoAuthorisationError } from '../klaviyo/index.ts';
import type { ConnectionSettings, Credentials } from './contract.ts';
import type { Authorise } from './find-connection.ts';
import type { RenewTokens } from './renew-tokens.ts';

export interface AuthoriseOptions {
  readonly readCredentials: (connectionId: string) => Promise<Credentials | undefined>;
  readonly renewTokens: RenewTokens;
  /** Holds the jobs of a connection until a person has connected it again, and tells people. */
  readonly requireAuthorisation: (connectionId: string) => Promise<void>;
  /** @default the system's clock */
  readonly now?: (() => number) | undefined;
}

/** A key that was replaced in its secret is picked up after this long at the latest. */
const keyKeptForMs = 300_000;
/** An access token is not used for its last minute: the call would have to end within it. */
const longestMarginMs = 60_000;
/** An instance goes on with old settings for a while; it complains of them once only. */
const quietForMs = 60_000;

const headerOf = (credentials: Credentials): string =>
  credentials.kind === 'private_key'
    ? `Klaviyo-API-Key ${credentials.privateKey}`
    : `Bearer ${credentials.accessToken}`;

/** Until when credentials are used: a short-lived token for the first half of its life at least. */
const usableUntilMs = (credentials: Credentials, nowMs: number): number => {
  if (credentials.kind === 'private_key') return nowMs + keyKeptForMs;
  const { issuedAtMs = 0, expiresAtMs } = credentials;
  return expiresAtMs - Math.min(longestMarginMs, (expiresAtMs - issuedAtMs) / 2);
};

/**
 * Headers are kept in the instance, and callers that need a new one at the same time wait for the
 * same. A header that Klaviyo refused is given out again only where there is no other.
 */
export const createAuthorise = ({
  readCredentials,
  renewTokens,
  requireAuthorisation,
  now = Date.now,
}: AuthoriseOptions): Authorise => {
  const kept = new Map<string, { readonly header: string; readonly untilMs: number }>();
  const underWay = new Map<string, Promise<string>>();
  const quietUntilMs = new Map<string, number>();

  const keep = (connectionId: string, credentials: Credentials): string => {
    const header = headerOf(credentials);
    kept.set(connectionId, { header, untilMs: usableUntilMs(credentials, now()) });
    return header;
  };

  const complain = async (connectionId: string): Promise<void> => {
    if ((quietUntilMs.get(connectionId) ?? 0) > now()) return;
    await requireAuthorisation(connectionId);
    quietUntilMs.set(connectionId, now() + quietForMs);
  };

  const giveUp = async (connectionId: string, rejected?: string): Promise<string> => {
    kept.delete(connectionId);
    await complain(connectionId);
    if (rejected !== undefined) return rejected; // Klaviyo's own refusal says more
    // It ends as a refusal of Klaviyo's would: jobs wait for a person.
    throw new KlaviyoAuthorisationError('credentials', 401, []);
  };

  const obtain = async (settings: ConnectionSettings, rejected?: string): Promise<string> => {
    const { connectionId } = settings;
    const isUsable = (credentials: Credentials) =>
      headerOf(credentials) !== rejected && usableUntilMs(credentials, now()) > now();
    const stored = await readCredentials(connectionId);
    const renewable = stored?.kind === 'oauth' && !isUsable(stored);
    const onDead = () => complain(connectionId);
    const current = renewable ? await renewTokens(settings, isUsable, onDead) : stored;
    if (current === undefined || headerOf(current) === rejected)
      return giveUp(connectionId, rejected);
    return keep(connectionId, current);
  };

  return async (settings, rejected) => {
    const { connectionId } = settings;
    for (;;) {
      const known = kept.get(connectionId);
      if (known !== undefined && known.untilMs > now() && known.header !== rejected)
        return known.header;
      const obtaining = underWay.get(connectionId);
      if (obtaining === undefined) break;
      const header = await obtaining;
      if (header !== rejected) return header;
    }
    const obtaining = obtain(settings, rejected).finally(() => underWay.delete(connectionId));
    underWay.set(connectionId, obtaining);
    return obtaining;
  };
};
