import { unauthenticated } from './api-error.ts';
import type { Grants } from './oauth/grants.ts';
import type { Account } from './state/account.ts';

/** Who calls, and what they may do. */
export interface Caller {
  readonly account: Account;
  /** Undefined: everything. */
  readonly scopes: readonly string[] | undefined;
  /** All private keys of an account share a quota; each app has its own. */
  readonly quotaScope: string;
}

/**
 * Finds the caller by the `Authorization` header.
 * @throws ApiError 401
 */
export const identifyCaller = (
  authorization: string | undefined,
  accounts: readonly Account[],
  grants: Grants,
): Caller => {
  const [scheme = '', credential = ''] = authorization?.split(' ') ?? [];
  if (scheme.toLowerCase() === 'bearer') {
    const grant = grants.grantOf(credential);
    const account = accounts.find(({ id }) => id === grant?.accountId);
    if (!grant || !account) throw unauthenticated();
    return { account, scopes: grant.scopes, quotaScope: `${account.id} ${grant.clientId}` };
  }
  if (scheme.toLowerCase() !== 'klaviyo-api-key') throw unauthenticated();
  for (const account of accounts) {
    const found = account.privateKeys.find(({ key }) => key === credential);
    if (found) return { account, scopes: found.scopes, quotaScope: account.id };
  }
  throw unauthenticated();
};
