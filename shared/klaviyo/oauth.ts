/**
 * OAuth with Klaviyo: the page that asks for consent, tokens, and their end. oauth4webapi speaks
 * the protocol; this names the endpoints and sorts what can go wrong.
 */
import * as oauth from 'oauth4webapi';
import type { CallRecord } from './connection.ts';
import { operationOf } from './endpoint.ts';
import { KlaviyoAuthorisationError, KlaviyoServerError } from './errors.ts';
import type { Fetch, HttpAnswer, Operation } from './exchange.ts';
import { isAllowedUrl, isKlaviyoUrl } from './klaviyo-url.ts';
import {
  type CodeGrant,
  type Conversation,
  exchangeCode,
  refresh,
  revoke,
} from './oauth-requests.ts';
import { createPacedPost, type TokenRequest } from './paced-post.ts';
import type { Permits } from './permits.ts';

export interface Tokens {
  readonly accessToken: string;
  /** Undefined where Klaviyo sent none: the one in use goes on then. */
  readonly refreshToken: string | undefined;
  /** Epoch milliseconds at which the access token was asked for, and at which it stops working. */
  readonly issuedAtMs: number;
  readonly expiresAtMs: number;
  /** What was granted, as Klaviyo puts it. */
  readonly scope: string | undefined;
}

interface AuthorizeUrlOptions {
  readonly apiUrl: string;
  readonly clientId: string;
  readonly redirectUri: string;
  readonly scopes: readonly string[];
  readonly state: string;
  /** Kept by the caller for the exchange; only its hash goes into the URL. */
  readonly codeVerifier: string;
}

/** What fails ends as one of KlaviyoError's subclasses; a dead grant as `isGrantRefusal` tells. */
export interface KlaviyoOAuth {
  /** Where the browser goes so that a person consents. */
  authorizeUrl(options: AuthorizeUrlOptions): Promise<URL>;
  exchangeCode(request: TokenRequest, grant: CodeGrant): Promise<Tokens>;
  refresh(request: TokenRequest, refreshToken: string): Promise<Tokens>;
  /** Ends the grant: Klaviyo removes the app from the account. */
  revoke(request: TokenRequest, refreshToken: string): Promise<void>;
}

export interface KlaviyoOAuthOptions {
  readonly permits: Permits;
  /** Whether credentials may go to another API than Klaviyo's own, even without TLS. */
  readonly allowAnyApiUrl: boolean;
  /** @default the platform's fetch */
  readonly fetch?: Fetch;
  /** @default the system's clock */
  readonly now?: () => number;
  readonly onCall?: (record: CallRecord) => void;
}

/** RFC 6749's codes, and Klaviyo's own spelling of one. Any other text stays out of errors. */
const knownCodes = new Set([
  'invalid_request',
  'invalid_client',
  'invalid_grant',
  'invalid_grant_type',
  'unauthorized_client',
  'unsupported_grant_type',
  'invalid_scope',
]);

/** Whether the code or refresh token is dead, so that a person has to authorise again. */
export const isGrantRefusal = (error: unknown): boolean =>
  error instanceof KlaviyoAuthorisationError &&
  error.problems.some(({ code }) => code === 'invalid_grant' || code === 'invalid_grant_type');

const tokenOperation: Operation = { method: 'POST', path: '/oauth/token', safeToRetry: true };
const revokeOperation: Operation = { method: 'POST', path: '/oauth/revoke', safeToRetry: true };

/** Klaviyo says how long each token lives; should it not, this is what it has been so far. */
const usualLifetimeSeconds = 3_600;

const serverOf = (apiUrl: string) => {
  const { origin } = new URL(apiUrl);
  const consentOrigin = isKlaviyoUrl(apiUrl) ? 'https://www.klaviyo.com' : origin;
  return {
    issuer: origin,
    authorization_endpoint: `${consentOrigin}/oauth/authorize`,
    token_endpoint: `${origin}/oauth/token`,
    revocation_endpoint: `${origin}/oauth/revoke`,
  } satisfies oauth.AuthorizationServer;
};

/**
 * HTTP Basic with id and secret as they are. RFC 6749 would have the hyphens of Klaviyo's ids
 * encoded too, which Klaviyo's own documentation and SDK do not do.
 */
const basic =
  ({ clientId, clientSecret }: TokenRequest['app']): oauth.ClientAuth =>
  (_server, _client, _body, headers) => {
    const pair = Buffer.from(`${clientId}:${clientSecret}`).toString('base64');
    headers.set('authorization', `Basic ${pair}`);
  };

const toTokens = (answer: oauth.TokenEndpointResponse, issuedAtMs: number): Tokens => ({
  accessToken: answer.access_token,
  refreshToken: answer.refresh_token,
  issuedAtMs,
  expiresAtMs: issuedAtMs + (answer.expires_in ?? usualLifetimeSeconds) * 1_000,
  scope: answer.scope,
});

/** oauth4webapi's errors carry whole answers as their cause: only a known code goes on. */
const refusalOf = (operation: string, { status }: HttpAnswer, error: unknown) => {
  if (!(error instanceof oauth.ResponseBodyError))
    return new KlaviyoServerError(operation, status, true); // not OAuth: a page of a proxy, say
  const code = knownCodes.has(error.error) ? error.error : 'unknown';
  return new KlaviyoAuthorisationError(operation, 401, [{ code, detail: '' }]);
};

export const createKlaviyoOAuth = ({
  permits,
  allowAnyApiUrl,
  fetch = globalThis.fetch,
  now = Date.now,
  onCall,
}: KlaviyoOAuthOptions): KlaviyoOAuth => {
  const post = createPacedPost({ permits, fetch, now, onCall });

  const requireAllowed = (apiUrl: string): void => {
    if (!isAllowedUrl(apiUrl, allowAnyApiUrl)) throw new Error("the API URL is not Klaviyo's");
  };

  const converse = async <T>(
    operation: Operation,
    request: TokenRequest,
    speak: (conversation: Conversation) => Promise<T>,
  ): Promise<T> => {
    requireAllowed(request.apiUrl);
    let answer: HttpAnswer | undefined;
    const customFetch: NonNullable<Conversation['options'][typeof oauth.customFetch]> = async (
      url,
      form,
    ) => {
      answer = await post(operation, request, url, form);
      const { status, text } = answer;
      // Klaviyo's media types vary and 204 allows no body: status and text alone are handed on.
      const accepted = status >= 200 && status < 300;
      const headers = { 'content-type': 'application/json' };
      return new Response(text || null, { status: accepted ? 200 : status, headers });
    };
    try {
      return await speak({
        server: serverOf(request.apiUrl),
        client: { client_id: request.app.clientId },
        authentication: basic(request.app),
        options: {
          [oauth.allowInsecureRequests]: allowAnyApiUrl,
          [oauth.customFetch]: customFetch,
        },
      });
    } catch (error) {
      if (answer === undefined) throw error;
      throw refusalOf(operationOf(operation), answer, error);
    }
  };

  const tokens = async (
    request: TokenRequest,
    speak: (conversation: Conversation) => Promise<oauth.TokenEndpointResponse>,
  ): Promise<Tokens> => {
    const askedAtMs = now();
    return toTokens(await converse(tokenOperation, request, speak), askedAtMs);
  };

  return {
    async authorizeUrl({ apiUrl, clientId, redirectUri, scopes, state, codeVerifier }) {
      requireAllowed(apiUrl);
      const url = new URL(serverOf(apiUrl).authorization_endpoint);
      url.search = new URLSearchParams({
        response_type: 'code',
        client_id: clientId,
        redirect_uri: redirectUri,
        scope: scopes.join(' '),
        state,
        code_challenge: await oauth.calculatePKCECodeChallenge(codeVerifier),
        code_challenge_method: 'S256',
      }).toString();
      return url;
    },
    exchangeCode: (request, grant) => tokens(request, exchangeCode(grant)),
    refresh: (request, refreshToken) => tokens(request, refresh(refreshToken)),
    revoke: (request, refreshToken) => converse(revokeOperation, request, revoke(refreshToken)),
  };
};
