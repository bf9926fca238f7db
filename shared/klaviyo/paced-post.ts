/** One form posted to Klaviyo's OAuth server, under a permit and within a time. */
import type * as oauth from 'oauth4webapi';
import type { CallRecord } from './connection.ts';
import { operationOf } from './endpoint.ts';
import { KlaviyoRateLimitError } from './errors.ts';
import { errorOf, exchange, type Fetch, type HttpAnswer, type Operation } from './exchange.ts';
import type { CallOutcome, Permits } from './permits.ts';

/** Whom a token request is for, with which app's credentials, and until when. */
export interface TokenRequest {
  readonly apiUrl: string;
  readonly app: { readonly clientId: string; readonly clientSecret: string };
  readonly quotaScope: string;
  /** Epoch milliseconds after which it is no longer begun. */
  readonly notAfterMs: number;
  readonly signal?: AbortSignal | undefined;
}

export interface PacedPostOptions {
  readonly permits: Permits;
  readonly fetch: Fetch;
  readonly now: () => number;
  readonly onCall: ((record: CallRecord) => void) | undefined;
}

export type PacedPost = (
  operation: Operation,
  request: TokenRequest,
  url: string,
  form: Pick<oauth.CustomFetchOptions<'POST', URLSearchParams>, 'body' | 'headers'>,
) => Promise<HttpAnswer>;

interface Result {
  readonly answer?: HttpAnswer;
  readonly error?: unknown;
}

const outcomeOf = ({ answer, error }: Result, atMs: number): CallOutcome => {
  if (error instanceof KlaviyoRateLimitError)
    return { kind: 'throttled', atMs, retryAfterMs: error.retryAfterMs };
  return { kind: answer === undefined ? 'unanswered' : 'answered', atMs };
};

/**
 * Posts and reads the whole answer.
 * @throws KlaviyoUnreachableError, KlaviyoRateLimitError or KlaviyoServerError where the status
 * alone, or its absence, says what went wrong.
 */
export const createPacedPost = ({ permits, fetch, now, onCall }: PacedPostOptions): PacedPost => {
  const send: (...args: Parameters<PacedPost>) => Promise<Result> = async (
    operation,
    { signal },
    url,
    { body, headers },
  ) => {
    try {
      const form = { url: new URL(url), headers, body: body.toString(), signal };
      const answer = await exchange(operation, form, fetch);
      const failed = answer.status === 429 || answer.status >= 500;
      return { answer, error: failed ? errorOf(operation, answer, now()) : undefined };
    } catch (error) {
      return { error };
    }
  };

  return async (operation, request, url, form) => {
    const askedAtMs = now();
    const permit = await permits.take({
      quotaScope: request.quotaScope,
      endpoint: operationOf(operation),
      tier: 'XS', // Klaviyo publishes no limit for its token endpoints: the lowest one is safe
      throttle: { share: 1 },
      notAfterMs: request.notAfterMs,
      returning: false,
      signal: request.signal,
    });
    const sentAtMs = now();
    const result = await send(operation, request, url, form);
    permit.settle(outcomeOf(result, now()));
    onCall?.({
      operation: operationOf(operation),
      quotaScope: request.quotaScope,
      status: result.answer?.status,
      permitWaitMs: sentAtMs - askedAtMs,
      durationMs: now() - sentAtMs,
    });
    if (result.answer === undefined || result.error !== undefined) throw result.error;
    return result.answer;
  };
};
