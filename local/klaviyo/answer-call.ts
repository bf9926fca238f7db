import { type AdmittedCall, admitCall } from './api-call.ts';
import { ApiError, errorBody, throttled } from './api-error.ts';
import type { Fault } from './faults.ts';
import type { Incoming, Outgoing } from './http-messages.ts';
import { OAuthError } from './oauth/grants.ts';
import { oauthEndpoints } from './oauth/oauth-endpoints.ts';
import { notFound } from './pages/exchange-page.ts';
import { toOutgoing as toPage } from './pages/frame.ts';
import type { World } from './world.ts';

export interface Exchange {
  readonly endpoint: string;
  readonly account: string | undefined;
  /** Undefined: the connection is reset instead. */
  readonly outgoing: Outgoing | undefined;
}

const jsonApi = { 'content-type': 'application/vnd.api+json' };

const toOutgoing = (world: World, error: unknown, headers = {}): Outgoing => {
  if (error instanceof ApiError) {
    const body = JSON.stringify(errorBody(error.problems, world.random.uuid));
    return { status: error.status, headers: { ...jsonApi, ...headers, ...error.headers }, body };
  }
  if (error instanceof OAuthError) {
    const body = JSON.stringify({ error: error.code, error_description: error.message });
    return { status: error.status, headers: { 'content-type': 'application/json' }, body };
  }
  throw error;
};

/** Runs `work`; what it throws on purpose becomes an answer. */
const answered = (world: World, work: () => Outgoing, headers = {}): Outgoing => {
  try {
    return work();
  } catch (error) {
    return toOutgoing(world, error, headers);
  }
};

const challenge: Outgoing = {
  status: 403,
  headers: { 'content-type': 'text/html; charset=UTF-8', 'cf-mitigated': 'challenge' },
  body: '<!DOCTYPE html><html><head><title>Just a moment...</title></head><body></body></html>',
};

const pageOf = (status: number): Outgoing => ({
  status,
  headers: { 'content-type': 'text/html', server: 'simulated-proxy' },
  body: '<!DOCTYPE html><html><head><title>Blocked</title></head><body>Sign in first.</body></html>',
});

/** Where nobody listens: whoever follows fails. */
const redirect = (status = 302): Outgoing => ({
  status,
  headers: { location: 'http://127.0.0.1:9/sign-in', server: 'simulated-proxy' },
  body: '',
});

const codes: Readonly<Record<number, string>> = { 400: 'invalid', 409: 'duplicate_profile' };

const statusFault = (world: World, fault: Fault & { kind: 'status' }): Outgoing => {
  const { status, retryAfterSeconds = 1, body } = fault;
  if (status === 429) return toOutgoing(world, throttled(retryAfterSeconds));
  const title = 'Simulated fault.';
  const code = codes[status] ?? 'error';
  const problem = { status, code, title, detail: title, source: { pointer: '/data/' } };
  const outgoing = toOutgoing(world, new ApiError([problem]));
  return body === undefined ? outgoing : { ...outgoing, body: JSON.stringify(body) };
};

/** Does the work among the faults that hit the call. */
const withFaults = async (
  world: World,
  faults: readonly Fault[],
  wait: (ms: number) => Promise<void>,
  work: () => Outgoing,
): Promise<Outgoing | undefined> => {
  for (const fault of faults) if (fault.kind === 'latency') await wait(fault.latencyMs);
  const fault = faults.find(({ kind }) => kind !== 'latency');
  if (!fault || fault.kind === 'latency') return work();
  if (fault.kind === 'challenge') return challenge;
  if (fault.kind === 'page') return pageOf(fault.status);
  if (fault.kind === 'redirect') return redirect(fault.status);
  if (fault.kind === 'half_body') return { ...work(), pace: 'half' };
  if (fault.kind === 'byte_a_second') return { ...work(), pace: 'byte_a_second' };
  if (fault.when === 'after') work();
  return fault.kind === 'reset' ? undefined : statusFault(world, fault);
};

const toReply = ({ run, headers: common }: AdmittedCall): Outgoing => {
  const { status, body, headers } = run();
  return {
    status,
    headers: { ...(body !== undefined && jsonApi), ...common, ...headers },
    body: body === undefined ? '' : JSON.stringify(body),
  };
};

/** A call of the API, from the request to the answer. */
export const exchangeApi = async (
  world: World,
  incoming: Incoming,
  wait: (ms: number) => Promise<void>,
): Promise<Exchange> => {
  let endpoint = `${incoming.method} (unknown)`;
  let account: string | undefined;
  try {
    const admitted = admitCall(world, incoming, (...seen) => {
      [endpoint, account] = seen;
    });
    const work = () => answered(world, () => toReply(admitted), admitted.headers);
    const faults = world.faults.next(endpoint, account);
    return { endpoint, account, outgoing: await withFaults(world, faults, wait, work) };
  } catch (error) {
    return { endpoint, account, outgoing: toOutgoing(world, error) };
  }
};

/** A call of the OAuth endpoints: the merchant's browser, or the app asking for tokens. */
export const exchangeOAuth = async (
  world: World,
  incoming: Incoming,
  wait: (ms: number) => Promise<void>,
): Promise<Exchange> => {
  const endpoint = `${incoming.method} ${incoming.url.pathname}`;
  const answer = oauthEndpoints[endpoint];
  if (!answer) {
    return {
      endpoint: `${incoming.method} (unknown)`,
      account: undefined,
      outgoing: toPage(notFound),
    };
  }
  const work = () => answered(world, () => answer(world, incoming));
  const faults = world.faults.next(endpoint, undefined);
  return { endpoint, account: undefined, outgoing: await withFaults(world, faults, wait, work) };
};
