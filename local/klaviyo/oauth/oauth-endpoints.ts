import type { Incoming, Outgoing } from '../http-messages.ts';
import { toOutgoing } from '../pages/frame.ts';
import type { World } from '../world.ts';
import { answerRevoke, answerToken } from './token-endpoints.ts';

const authorize = ({ authorize }: World, { method, url, body }: Incoming): Outgoing => {
  const answer =
    method === 'POST'
      ? authorize.decide(new URLSearchParams(body))
      : authorize.ask(url.searchParams);
  if ('page' in answer) return toOutgoing(answer.page);
  const { status, location } = answer;
  return { status, headers: { location }, body: '' };
};

const tokens = (world: World, { url, headers, body }: Incoming): Outgoing => {
  const { authorization, 'content-type': contentType } = headers;
  const request = { authorization, contentType, body };
  const answer =
    url.pathname === '/oauth/token'
      ? answerToken(world.apps, world.grants, request)
      : answerRevoke(world.apps, world.grants, request);
  const type = { 'content-type': 'application/json', 'cache-control': 'no-store' };
  return { status: 200, headers: type, body: JSON.stringify(answer) };
};

/** The OAuth endpoints by method and path. @throws OAuthError */
export const oauthEndpoints: Readonly<
  Record<string, (world: World, incoming: Incoming) => Outgoing>
> = {
  'GET /oauth/authorize': authorize,
  'POST /oauth/authorize': authorize,
  'POST /oauth/token': tokens,
  'POST /oauth/revoke': tokens,
};
