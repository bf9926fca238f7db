/** New tokens for a connection: one refresh among all instances of all functions. */
import { setTimeout as sleepFor } from 'node:timers/promises';
import { isGrantRefusal, type Tokens, tiers, tokenTier } from '../klaviyo/index.ts';
import type { ConnectionSettings, Credentials } from './contract.ts';
import type { HeldLease, WithTokenLease } from './token-lease.ts';

/** What is known to be of no use: expired, or refused by Klaviyo. */
type IsUsable = (credentials: Credentials) => boolean;

/**
 * Usable credentials, by a refresh of our own or of another instance's. Undefined where there is no
 * way to them: a person has to authorise the connection again. `onDead` is awaited before anybody
 * can store others: what it does is over by the time a person has.
 */
export type RenewTokens = (
  settings: ConnectionSettings,
  isUsable: IsUsable,
  onDead: () => Promise<void>,
) => Promise<Credentials | undefined>;

export interface RenewTokensOptions {
  readonly readCredentials: (connectionId: string) => Promise<Credentials | undefined>;
  readonly writeCredentials: (connectionId: string, value: Credentials) => Promise<void>;
  readonly withTokenLease: WithTokenLease;
  readonly refresh: (settings: ConnectionSettings, refreshToken: string) => Promise<Tokens>;
  /** @default the system's clock */
  readonly now?: (() => number) | undefined;
  /** @default a timer */
  readonly sleep?: ((ms: number) => Promise<void>) | undefined;
}

type OAuthCredentials = Extract<Credentials, { kind: 'oauth' }>;

/** How long a secret may be read as it was before its latest change. */
const secretsLagMs = 1_000;
/** For how long an instance does not try a refresh token again that Klaviyo has refused. */
const deadForMs = 60_000;

/**
 * After a refresh that failed nobody tries for so long. At this pace the token endpoint's limit is
 * never used up, so that the first refresh that can succeed finds a permit.
 */
const restMs = 60_000 / tiers[tokenTier].steady;

/** Tokens that cannot be stored may be lost for good: the AWS SDK's own attempts are not enough. */
const maxWrites = 3;
const writePauseMs = 500;

export const createRenewTokens = ({
  readCredentials,
  writeCredentials,
  withTokenLease,
  refresh,
  now = Date.now,
  sleep = sleepFor,
}: RenewTokensOptions): RenewTokens => {
  const refused = new Map<string, { readonly refreshToken: string; readonly untilMs: number }>();

  const isRefused = (connectionId: string, refreshToken: string): boolean => {
    const known = refused.get(connectionId);
    return known?.refreshToken === refreshToken && known.untilMs > now();
  };

  /** What could not be stored: the secret still holds the refresh token that was spent for it. */
  const unsaved = new Map<string, { readonly spent: string; readonly renewed: OAuthCredentials }>();

  const save = async (connectionId: string, renewed: OAuthCredentials) => {
    for (let writes = 1; ; writes += 1)
      try {
        await writeCredentials(connectionId, renewed);
        unsaved.delete(connectionId);
        return renewed;
      } catch (error) {
        if (writes === maxWrites) throw error;
        await sleep(writePauseMs);
      }
  };

  const store = (connectionId: string, old: OAuthCredentials, tokens: Tokens) => {
    const renewed = { ...old, ...tokens, refreshToken: tokens.refreshToken ?? old.refreshToken };
    unsaved.set(connectionId, { spent: old.refreshToken, renewed });
    return save(connectionId, renewed);
  };

  /** Refreshes with the token in the secret; once more where the secret turns out to be newer. */
  const renew = async (
    settings: ConnectionSettings,
    current: Credentials | undefined,
    isUsable: IsUsable,
    lease: HeldLease,
  ): Promise<Credentials | undefined> => {
    const { connectionId } = settings;
    if (current?.kind !== 'oauth' || isUsable(current)) return current;
    const { refreshToken } = current;
    if (isRefused(connectionId, refreshToken)) return undefined;
    const left = unsaved.get(connectionId);
    if (left?.spent === refreshToken)
      return renew(settings, await save(connectionId, left.renewed), isUsable, lease);
    try {
      return await store(connectionId, current, await refresh(settings, refreshToken));
    } catch (error) {
      if (!isGrantRefusal(error)) {
        lease.rest(restMs);
        throw error;
      }
    }
    refused.set(connectionId, { refreshToken, untilMs: now() + deadForMs });
    await sleep(secretsLagMs);
    return renew(settings, await readCredentials(connectionId), isUsable, lease);
  };

  return (settings, isUsable, onDead) => {
    const { connectionId } = settings;
    return withTokenLease(
      connectionId,
      async (lease) => {
        const renewed = await renew(settings, await readCredentials(connectionId), isUsable, lease);
        if (renewed === undefined) await onDead();
        return renewed;
      },
      async () => {
        const current = await readCredentials(connectionId);
        return current !== undefined && isUsable(current) ? current : undefined;
      },
    );
  };
};
