/** The three requests of the OAuth protocol that the bridge makes, as oauth4webapi speaks them. */
import * as oauth from 'oauth4webapi';

export interface CodeGrant {
  readonly code: string;
  readonly codeVerifier: string;
  /** Exactly the one that the consent was asked with. */
  readonly redirectUri: string;
}

/** Whom oauth4webapi speaks to, as whom, and through what. */
export interface Conversation {
  readonly server: oauth.AuthorizationServer;
  readonly client: oauth.Client;
  readonly authentication: oauth.ClientAuth;
  readonly options: oauth.HttpRequestOptions<'POST', URLSearchParams>;
}

/** Trades the code of a consent for tokens. */
export const exchangeCode =
  ({ code, codeVerifier, redirectUri }: CodeGrant) =>
  async ({ server, client, authentication, options }: Conversation) => {
    // The caller has checked the state, by which it found this verifier.
    const callback = oauth.validateAuthResponse(server, client, new URLSearchParams({ code }));
    const response = await oauth.authorizationCodeGrantRequest(
      server,
      client,
      authentication,
      callback,
      redirectUri,
      codeVerifier,
      options,
    );
    return oauth.processAuthorizationCodeResponse(server, client, response);
  };

/** Asks for a new access token. */
export const refresh =
  (refreshToken: string) =>
  async ({ server, client, authentication, options }: Conversation) => {
    const response = await oauth.refreshTokenGrantRequest(
      server,
      client,
      authentication,
      refreshToken,
      options,
    );
    return oauth.processRefreshTokenResponse(server, client, response);
  };

/** Ends the grant that the token belongs to. */
export const revoke =
  (refreshToken: string) =>
  async ({ server, client, authentication, options }: Conversation) => {
    const hint = { additionalParameters: { token_type_hint: 'refresh_token' } };
    const response = await oauth.revocationRequest(server, client, authentication, refreshToken, {
      ...options,
      ...hint,
    });
    await oauth.processRevocationResponse(response);
  };
