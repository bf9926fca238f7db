import { forbidden, missing } from './api-error.ts';
import { type Caller, identifyCaller } from './credentials.ts';
import type { Incoming } from './http-messages.ts';
import { parseQuery } from './query-rules.ts';
import { limitOf, type Tier } from './rate-limiting.ts';
import { resolveRevision } from './revisions.ts';
import type { Call, Reply, Route } from './route.ts';
import { matchRoute } from './routes.ts';
import type { World } from './world.ts';

/** A call that has passed credentials, revision, scopes and limits. */
export interface AdmittedCall {
  readonly endpoint: string;
  readonly account: string;
  /** Of every answer, errors included: what is left of the quota, and the revision served. */
  readonly headers: Readonly<Record<string, string>>;
  /** Checks parameters and body, does the work. @throws ApiError */
  readonly run: () => Reply;
}

const checkScopes = ({ scopes }: Route, granted: readonly string[] | undefined): void => {
  const lacking = granted ? scopes.filter((scope) => !granted.includes(scope)) : [];
  if (lacking.length > 0) throw forbidden(lacking);
};

/** The quota that a call uses: conditional limits have one of their own. */
const countCall = (world: World, route: Route, caller: Caller, url: URL, named: string) => {
  const { lowered, tier, endpoint } = route;
  const values = lowered && url.searchParams.get(lowered.parameter)?.split(',');
  const isLowered = values?.some((value) => lowered?.values.includes(value)) ?? false;
  const { quotaScope, account } = caller;
  const call = { endpoint, account: account.id, quotaScope };
  const take = (one: Tier) => world.rateLimiting.take({ ...call, limit: limitOf(one, named) });
  if (!isLowered || !lowered) return take(tier);
  const headers = take(lowered.tier);
  return lowered.unannounced ? take(tier) : headers;
};

const header = ({ headers }: Incoming, name: string): string | undefined => {
  const value = headers[name];
  return Array.isArray(value) ? value[0] : value;
};

/** Who calls what. Told to `seen` step by step, so that refused calls are counted too. */
export const admitCall = (
  world: World,
  incoming: Incoming,
  seen: (endpoint: string, account?: string) => void,
): AdmittedCall => {
  const { url, method, origin, body } = incoming;
  const { route, params } = matchRoute(method, url.pathname);
  seen(route.endpoint);
  const caller = identifyCaller(header(incoming, 'authorization'), world.accounts, world.grants);
  const { account } = caller;
  seen(route.endpoint, account.id);
  account.processPending();
  const nowMs = world.nowMs();
  const optsOut = header(incoming, 'x-klaviyo-revision-fall-forward-opt-out') === '1';
  const mayFall = !optsOut && account.settings.retiredRevisions === 'fall-forward';
  const revision = resolveRevision(header(incoming, 'revision'), mayFall, nowMs);
  if (revision.named < (route.since ?? '')) throw missing('No valid revisions found for method');
  checkScopes(route, caller.scopes);
  const limits = countCall(world, route, caller, url, revision.named);
  const headers = { ...limits, 'x-klaviyo-api-revision': revision.served };
  const { cursorLifetimeMs, filterMarginMs } = world;
  const run = (): Reply => {
    const query = parseQuery(url.searchParams, route, revision.served);
    const call: Call = {
      ...revision,
      ...{ account, origin, url, params, query, nowMs, cursorLifetimeMs, filterMarginMs },
    };
    return route.respond(call, body);
  };
  return { endpoint: route.endpoint, account: account.id, headers, run };
};
