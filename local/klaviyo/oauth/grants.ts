import { createHash } from 'node:crypto';
import type { Random } from '../random.ts';

export interface OAuthApp {
  readonly clientId: string;
  readonly clientSecret: string;
  /** Compared letter by letter. */
  readonly redirectUris: readonly string[];
  /** What the app may ask for. @default anything */
  readonly scopes?: readonly string[];
}

export interface OAuthSettings {
  /** How long an access token lives. @default 3600 */
  readonly expiresInSeconds?: number;
  /** Whether each refresh gives a new refresh token, and kills the old one. @default false */
  readonly rotateRefreshTokens?: boolean;
  /** How long a code can be redeemed. @default 60 */
  readonly codeLifetimeSeconds?: number;
  /** How long a refresh token lives without use. @default 90 days */
  readonly refreshLifetimeSeconds?: number;
  /** What a dead refresh token is called: both names have been seen. @default invalid_grant */
  readonly deadRefreshError?: 'invalid_grant' | 'invalid_grant_type';
}

export interface AuthorizationRequest {
  readonly clientId: string;
  readonly redirectUri: string;
  readonly scopes: readonly string[];
  readonly codeChallenge: string;
}

interface TokenAnswer {
  readonly access_token: string;
  readonly token_type: 'Bearer';
  readonly expires_in: number;
  readonly refresh_token: string;
  readonly scope: string;
}

/** What an access token stands for. */
interface Grant {
  readonly accountId: string;
  readonly clientId: string;
  readonly scopes: readonly string[];
}

/** Ends a token call: `{"error": …, "error_description": …}`. */
export class OAuthError extends Error {
  override readonly name = 'OAuthError';
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, description: string) {
    super(description);
    this.status = status;
    this.code = code;
  }
}

interface Code extends AuthorizationRequest {
  readonly accountId: string;
  readonly expiresAtMs: number;
}

interface Refresh {
  readonly grant: Grant;
  expiresAtMs: number;
}

interface Access {
  readonly grant: Grant;
  expiresAtMs: number;
}

export interface Grants {
  /** A merchant has agreed: the code for the app. */
  issueCode(request: AuthorizationRequest, accountId: string): string;
  /** @throws OAuthError */
  redeemCode(clientId: string, fields: URLSearchParams): TokenAnswer;
  /** @throws OAuthError */
  refresh(clientId: string, refreshToken: string): TokenAnswer;
  /** The app gives up its refresh token: the access tokens die with it. */
  revoke(clientId: string, refreshToken: string): void;
  /** What a live access token stands for. */
  grantOf(accessToken: string): Grant | undefined;
  /** All that can still be refreshed. */
  all(): (Grant & { readonly expiresAtMs: number })[];
  /** All tokens of the grants that match die. Says how many grants there were. */
  revokeAll(match: { accountId?: string | undefined; clientId?: string | undefined }): number;
  /** All access tokens expire now; refresh tokens stay. */
  expireAccessTokens(accountId?: string): void;
}

const challengeOf = (verifier: string): string =>
  createHash('sha256').update(verifier).digest('base64url');

const isVerifier = (text: string): boolean => /^[a-zA-Z0-9\-._~]{43,128}$/.test(text);

/** Codes and tokens, and who holds them. */
export const createGrants = (
  settings: OAuthSettings,
  random: Random,
  nowMs: () => number,
): Grants => {
  const {
    expiresInSeconds = 3600,
    rotateRefreshTokens = false,
    codeLifetimeSeconds = 60,
    refreshLifetimeSeconds = 90 * 24 * 3600,
    deadRefreshError = 'invalid_grant',
  } = settings;
  const codes = new Map<string, Code>();
  const refreshes = new Map<string, Refresh>();
  const accesses = new Map<string, Access>();
  const inSeconds = (seconds: number): number => nowMs() + seconds * 1000;

  const issueRefresh = (grant: Grant): string => {
    const token = random.token(40);
    refreshes.set(token, { grant, expiresAtMs: inSeconds(refreshLifetimeSeconds) });
    return token;
  };

  const answer = (grant: Grant, refreshToken: string): TokenAnswer => {
    const accessToken = random.token(60);
    const expiresAtMs = inSeconds(expiresInSeconds);
    accesses.set(accessToken, { grant, expiresAtMs });
    return {
      access_token: accessToken,
      token_type: 'Bearer',
      expires_in: expiresInSeconds,
      refresh_token: refreshToken,
      scope: grant.scopes.join(' '),
    };
  };

  const drop = (isDead: (grant: Grant) => boolean): void => {
    for (const tokens of [refreshes, accesses]) {
      for (const [token, { grant }] of tokens) if (isDead(grant)) tokens.delete(token);
    }
  };

  const alive = () =>
    [...refreshes.values()]
      .filter(({ expiresAtMs }) => expiresAtMs > nowMs())
      .map(({ grant, expiresAtMs }) => ({ ...grant, expiresAtMs }));

  const redeemCode: Grants['redeemCode'] = (clientId, fields) => {
    const verifier = fields.get('code_verifier') ?? '';
    if (!isVerifier(verifier)) {
      throw new OAuthError(400, 'invalid_request', 'Invalid code verifier format.');
    }
    const key = fields.get('code') ?? '';
    const code = codes.get(key);
    codes.delete(key);
    if (!code || code.expiresAtMs <= nowMs() || code.clientId !== clientId) {
      throw new OAuthError(400, 'invalid_grant', 'The code is unknown, used or expired.');
    }
    if (code.redirectUri !== fields.get('redirect_uri')) {
      throw new OAuthError(400, 'invalid_grant', 'The redirect URI is not that of the code.');
    }
    if (challengeOf(verifier) !== code.codeChallenge) {
      throw new OAuthError(400, 'invalid_grant', 'Code challenge failed.');
    }
    const { accountId, scopes } = code;
    const grant = { accountId, clientId, scopes };
    return answer(grant, issueRefresh(grant));
  };

  const refresh: Grants['refresh'] = (clientId, refreshToken) => {
    const known = refreshes.get(refreshToken);
    if (!known || known.expiresAtMs <= nowMs() || known.grant.clientId !== clientId) {
      throw new OAuthError(400, deadRefreshError, 'The refresh token is expired or revoked.');
    }
    if (!rotateRefreshTokens) {
      known.expiresAtMs = inSeconds(refreshLifetimeSeconds);
      return answer(known.grant, refreshToken);
    }
    refreshes.delete(refreshToken);
    return answer(known.grant, issueRefresh(known.grant));
  };

  const expireAccessTokens: Grants['expireAccessTokens'] = (accountId) => {
    for (const access of accesses.values()) {
      if (accountId === undefined || access.grant.accountId === accountId) access.expiresAtMs = 0;
    }
  };

  return {
    issueCode: (request, accountId) => {
      const code = random.token(32);
      const expiresAtMs = inSeconds(codeLifetimeSeconds);
      codes.set(code, { ...request, accountId, expiresAtMs });
      return code;
    },
    redeemCode,
    refresh,
    revoke: (clientId, token) => {
      const revoked = refreshes.get(token)?.grant;
      if (revoked?.clientId !== clientId) return;
      // Klaviyo removes the app from the account, with whatever else was granted to it there.
      const { accountId } = revoked;
      drop((grant) => grant.clientId === clientId && grant.accountId === accountId);
    },
    grantOf: (accessToken) => {
      const access = accesses.get(accessToken);
      return access && access.expiresAtMs > nowMs() ? access.grant : undefined;
    },
    all: alive,
    revokeAll: ({ accountId, clientId }) => {
      const before = alive().length;
      drop(
        (grant) =>
          (accountId ?? grant.accountId) === grant.accountId &&
          (clientId ?? grant.clientId) === grant.clientId,
      );
      return before - alive().length;
    },
    expireAccessTokens,
  };
};
