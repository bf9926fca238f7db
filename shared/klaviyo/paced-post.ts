/** One form posted to Klaviyo's OAuth server, under a permit and within a time. */
import type * as oauth from 'oauth4webapi';
import type { CallRecord } from './connection.ts';
import { operationOf } from './endpoint.ts';
import { foreignIn, KlaviyoRateLimitError } from './errors.ts';
import { exchange, type Fetch, type HttpAnswer, type Operation } from './exchange.ts';
import type { CallOutcome, Permits } from './permits.ts';
import { errorOf, foreignAnswer } from './read-answer.ts';

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

/** Klaviyo publishes no limit for its token endpoints: the lowest one is safe. */
export const tokenTier = 'XS';

/** Whether it has the form of an OAuth server's: an error by name, or a success that is no page. */
const isOfOAuth = ({ status, text, body, isCut }: HttpAnswer): boolean => {
  if (isCut) return false;
  if (status >= 200 && status < 300) return !text.trimStart().startsWith('<');
  const { error } = (body ?? {}) as { error?: unknown };
  return status >= 400 && typeof error === 'string';
};

/** What the status alone says, or the form; the rest is for who knows the protocol. */
const failureOf = (operation: Operation, answer: HttpAnswer, nowMs: number) => {
  if (answer.status === 429 || answer.status >= 500) return errorOf(operation, answer, nowMs);
  return isOfOAuth(answer) ? undefined : foreignAnswer(operation, answer);
};

const outcomeOf = ({ answer, error }: Result, atMs: number): CallOutcome => {
  if (error instanceof KlaviyoRateLimitError)
    return { kind: 'throttled', atMs, retryAfterMs: error.retryAfterMs };
  return { kind: answer === undefined ? 'unanswered' : 'answered', atMs };
};

/**
 * Posts and reads the whole answer.
 * @throws KlaviyoUnreachableError, KlaviyoRateLimitError or KlaviyoServerError where the status
 * or the form alone, or the absence of an answer, says what went wrong.
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
      return { answer, error: failureOf(operation, answer, now()) };
    } catch (error) {
      return { error };
    }
  };

  return async (operation, request, url, form) => {
    const askedAtMs = now();
    const permit = await permits.take({
      quotaScope: request.quotaScope,
      endpoint: operationOf(operation),
      tier: tokenTier,
      throttle: { share: 1 },
      notAfterMs: request.notAfterMs,
      // Whoever asks, asks for all that wait: none may wait behind those who gave up.
      returning: true,
      signal: request.signal,
    });
    const sentAtMs = now();
    const result = await send(operation, request, url, form);
    permit.report(outcomeOf(result, now()));
    onCall?.({
      operation: operationOf(operation),
      quotaScope: request.quotaScope,
      status: result.answer?.status,
      foreign: foreignIn(result.error),
      permitWaitMs: sentAtMs - askedAtMs,
      durationMs: now() - sentAtMs,
    });
    if (result.answer === undefined || result.error !== undefined) throw result.error;
    return result.answer;
  };
};
