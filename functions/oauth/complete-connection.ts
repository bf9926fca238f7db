/** From a code to a connected account: tokens first, then the settings, then the page. */
import type {
  ConnectionSettings,
  Credentials,
  OAuthApp,
} from '../../shared/connections/contract.ts';
import { toConnection } from '../../shared/connections/find-connection.ts';
import type { WithTokenLease } from '../../shared/connections/token-lease.ts';
import { type TokenDeadline, toTokenRequest } from '../../shared/connections/token-request.ts';
import {
  endpoints,
  isGrantRefusal,
  KlaviyoAuthorisationError,
  type KlaviyoClient,
  KlaviyoError,
  type KlaviyoOAuth,
  KlaviyoRequestError,
  type TokenRequest,
} from '../../shared/klaviyo/index.ts';
import { PassingError } from '../../shared/platform/passing-error.ts';

export interface CompleteConnectionOptions {
  readonly readApp: () => Promise<OAuthApp | undefined>;
  readonly exchangeCode: KlaviyoOAuth['exchangeCode'];
  readonly revoke: KlaviyoOAuth['revoke'];
  readonly isGrantShared: (connectionId: string, accountId: string) => Promise<boolean>;
  readonly klaviyo: Pick<KlaviyoClient, 'call'>;
  /** Binds the connection to an account; false where it belongs to another. */
  readonly claimAccount: (connectionId: string, accountId: string) => Promise<boolean>;
  readonly writeCredentials: (connectionId: string, value: Credentials) => Promise<void>;
  readonly openConnection: (connectionId: string) => Promise<void>;
  readonly withTokenLease: WithTokenLease;
  readonly redirectUri: string;
}

export interface Account {
  readonly id: string;
  readonly name: string | undefined;
}

type Completion =
  | { readonly name: 'connected'; readonly account: Account }
  | {
      readonly name: 'other_account';
      readonly account: Account;
      /** Why its grant is still there. */
      readonly error?: unknown;
    }
  | {
      readonly name: 'refused' | 'unavailable' | 'not_set_up';
      readonly error?: unknown;
    };

export type CompleteConnection = (
  settings: ConnectionSettings,
  grant: { readonly code: string; readonly codeVerifier: string },
  deadline: TokenDeadline,
) => Promise<Completion>;

/** What an error of Klaviyo's means to the person in front of the page; any other is a defect. */
const completionOf = (error: unknown): Completion => {
  if (isGrantRefusal(error)) return { name: 'refused', error };
  if (error instanceof KlaviyoAuthorisationError || error instanceof KlaviyoRequestError)
    return { name: 'not_set_up', error };
  if (error instanceof KlaviyoError || error instanceof PassingError)
    return { name: 'unavailable', error };
  throw error;
};

export const createCompleteConnection = ({
  readApp,
  exchangeCode,
  revoke,
  isGrantShared,
  klaviyo,
  claimAccount,
  writeCredentials,
  openConnection,
  withTokenLease,
  redirectUri,
}: CompleteConnectionOptions): CompleteConnection => {
  const accountOf = async (
    settings: ConnectionSettings,
    accessToken: string,
    deadline: TokenDeadline,
  ): Promise<Account | undefined> => {
    const { klaviyo: connection } = toConnection(settings, async () => `Bearer ${accessToken}`);
    const { items } = await klaviyo.call(endpoints.getAccounts, {}, connection, deadline);
    const [account] = items;
    const name = account?.attributes.contact_information?.organization_name || undefined;
    return account && { id: account.id, name };
  };

  /** Ends a grant that nobody will use, once: whoever consented can remove the app there as well. */
  const discard = async (
    { connectionId }: ConnectionSettings,
    { id }: Account,
    request: TokenRequest,
    refreshToken: string,
  ): Promise<unknown> => {
    try {
      if (await isGrantShared(connectionId, id)) return undefined;
      await revoke({ ...request, quotaScope: id }, refreshToken);
      return undefined;
    } catch (error) {
      return error;
    }
  };

  const complete: CompleteConnection = async (settings, grant, deadline) => {
    const { connectionId } = settings;
    const request = toTokenRequest(settings, await readApp(), deadline);
    const tokens = await exchangeCode(request, { ...grant, redirectUri });
    const { refreshToken } = tokens;
    const account = await accountOf(settings, tokens.accessToken, deadline);
    if (refreshToken === undefined || account === undefined)
      return { name: 'unavailable', error: new Error('the new tokens are of no use') };
    // Claimed first: two people connecting two accounts at once must not mix account and tokens.
    if (!(await claimAccount(connectionId, account.id))) {
      const error = await discard(settings, account, request, refreshToken);
      return { name: 'other_account', account, error };
    }
    // Under the lease: a refresh of the old tokens must not end after this and overwrite it.
    await withTokenLease(connectionId, () =>
      writeCredentials(connectionId, { kind: 'oauth', ...tokens, refreshToken }),
    );
    await openConnection(connectionId);
    return { name: 'connected', account };
  };

  return (settings, grant, deadline) => complete(settings, grant, deadline).catch(completionOf);
};
