import { type Grants, type OAuthApp, OAuthError } from './grants.ts';

export interface TokenRequest {
  readonly authorization: string | undefined;
  readonly contentType: string | undefined;
  readonly body: string;
}

/** The app that the Basic credentials belong to. @throws OAuthError 401 */
const clientOf = (apps: readonly OAuthApp[], authorization: string | undefined): OAuthApp => {
  const encoded = /^Basic (\S+)$/i.exec(authorization ?? '')?.[1] ?? '';
  const [id, ...rest] = Buffer.from(encoded, 'base64').toString().split(':');
  const app = apps.find(
    ({ clientId, clientSecret }) => clientId === id && clientSecret === rest.join(':'),
  );
  if (!app) throw new OAuthError(401, 'invalid_client', 'Unknown client, or wrong secret.');
  return app;
};

const fieldsOf = ({ contentType, body }: TokenRequest): URLSearchParams => {
  if (!contentType?.startsWith('application/x-www-form-urlencoded')) {
    throw new OAuthError(400, 'invalid_request', 'The body must be form-encoded.');
  }
  return new URLSearchParams(body);
};

/** `POST /oauth/token`. @throws OAuthError */
export const answerToken = (apps: readonly OAuthApp[], grants: Grants, request: TokenRequest) => {
  const { clientId } = clientOf(apps, request.authorization);
  const fields = fieldsOf(request);
  const kind = fields.get('grant_type');
  if (kind === 'authorization_code') return grants.redeemCode(clientId, fields);
  if (kind === 'refresh_token') return grants.refresh(clientId, fields.get('refresh_token') ?? '');
  throw new OAuthError(400, 'unsupported_grant_type', 'Unknown grant type.');
};

/** `POST /oauth/revoke`. An unknown token is no error. @throws OAuthError */
export const answerRevoke = (apps: readonly OAuthApp[], grants: Grants, request: TokenRequest) => {
  const { clientId } = clientOf(apps, request.authorization);
  grants.revoke(clientId, fieldsOf(request).get('token') ?? '');
  return {};
};
