/** Attempts at one call: each with a permit of its own, repeated where that is safe and of use. */
import type { CallOptions, CallRecord, KlaviyoConnection } from './connection.ts';
import { type Endpoint, ledgerOf, operationOf } from './endpoint.ts';
import {
  foreignIn,
  KlaviyoAuthorisationError,
  KlaviyoError,
  KlaviyoRateLimitError,
  KlaviyoServerError,
  KlaviyoUnreachableError,
} from './errors.ts';
import { exchange, type Fetch, type HttpAnswer, type HttpRequest } from './exchange.ts';
import type { Permit, Permits } from './permits.ts';
import { errorOf, isAccepted } from './read-answer.ts';

/** Sends of one call at most: the queue retries for longer. */
const maxAttempts = 3;
const firstBackoffMs = 500;

/**
 * The wait after which another attempt may help; undefined where none does. A write that may still
 * happen is its caller's: one that is repeated here, with success, could yet land after newer ones.
 */
const backoffMs = ({ method }: Endpoint, error: unknown, attempts: number): number | undefined => {
  if (!(error instanceof KlaviyoError) || !error.retryable || attempts >= maxAttempts)
    return undefined;
  if (error instanceof KlaviyoUnreachableError && error.mayStillHappen && method !== 'GET')
    return undefined;
  if (error instanceof KlaviyoRateLimitError) return 0; // the next permit waits for as long as it takes
  return firstBackoffMs * 2 ** (attempts - 1) * (0.5 + Math.random());
};

/** Whether a write that failed so may have had its effect. */
const mayBeDone = ({ method }: Endpoint, error: unknown): boolean =>
  method !== 'GET' &&
  (error instanceof KlaviyoServerError || error instanceof KlaviyoUnreachableError);

/** A call that is ready to be sent, but for its credentials. */
export interface PreparedCall {
  readonly endpoint: Endpoint;
  readonly request: HttpRequest;
  readonly connection: KlaviyoConnection;
  readonly options: CallOptions;
}

export interface AttemptsOptions {
  readonly permits: Permits;
  readonly fetch: Fetch;
  readonly now: () => number;
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
  readonly onCall: ((record: CallRecord) => void) | undefined;
}

interface Result {
  readonly answer?: HttpAnswer;
  readonly error?: unknown;
}

/**
 * Sends until Klaviyo accepts, or there is no use or no time; renews the credentials once. A write
 * that may be done fails as such, also where its repetition got no permit.
 */
export const createAttempts = ({ permits, fetch, now, sleep, onCall }: AttemptsOptions) => {
  const takePermit = ({ endpoint, connection, options }: PreparedCall) =>
    permits.take({
      quotaScope: connection.quotaScope,
      endpoint: ledgerOf(endpoint),
      tier: endpoint.tier,
      throttle: connection.throttle,
      notAfterMs: options.notAfterMs,
      returning: options.returning ?? false,
      signal: options.signal,
    });

  /** One request under a permit, which learns how it ended. */
  const send = async ({ endpoint, request }: PreparedCall, permit: Permit): Promise<Result> => {
    try {
      const answer = await exchange(endpoint, request, fetch);
      const atMs = now();
      const error = isAccepted(endpoint, answer) ? undefined : errorOf(endpoint, answer, atMs);
      permit.report(
        error instanceof KlaviyoRateLimitError
          ? { kind: 'throttled', atMs, retryAfterMs: error.retryAfterMs }
          : { kind: 'answered', atMs },
      );
      return { answer, error };
    } catch (error) {
      permit.report({ kind: 'unanswered', atMs: now() });
      return { error };
    }
  };

  const attempt = async (call: PreparedCall): Promise<Result> => {
    const askedAtMs = now();
    const permit = await takePermit(call);
    const sentAtMs = now();
    const result = await send(call, permit);
    onCall?.({
      operation: operationOf(call.endpoint),
      quotaScope: call.connection.quotaScope,
      status: result.answer?.status,
      foreign: foreignIn(result.error),
      permitWaitMs: sentAtMs - askedAtMs,
      durationMs: now() - sentAtMs,
    });
    return result;
  };

  return async (call: PreparedCall): Promise<HttpAnswer> => {
    const { request, connection, options } = call;
    let authorization = await connection.authorisation();
    let renewed = false;
    let doubt: unknown;
    for (let attempts = 1; ; attempts += 1) {
      const headers = { ...request.headers, authorization };
      const sending = attempt({ ...call, request: { ...request, headers } });
      const { answer, error } = await sending.catch((failure) => Promise.reject(doubt ?? failure));
      if (answer !== undefined && error === undefined) return answer;
      if (error instanceof KlaviyoAuthorisationError && error.status === 401 && !renewed) {
        renewed = true;
        const renewal = await connection.authorisation(authorization);
        if (renewal === authorization) throw error;
        authorization = renewal;
        continue;
      }
      if (mayBeDone(call.endpoint, error)) doubt = error;
      const waitMs = backoffMs(call.endpoint, error, attempts);
      if (waitMs === undefined || now() + waitMs >= options.notAfterMs)
        throw error instanceof KlaviyoRateLimitError ? (doubt ?? error) : error;
      await sleep(waitMs, options.signal);
    }
  };
};
