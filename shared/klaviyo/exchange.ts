/** One request and its answer, sorted by what must happen next. */
import ky from 'ky';
import type * as z from 'zod';
import { parseAnswer } from './answer-json.ts';
import { type Endpoint, operationOf } from './endpoint.ts';
import {
  KlaviyoAuthorisationError,
  type KlaviyoError,
  KlaviyoRateLimitError,
  KlaviyoRequestError,
  KlaviyoResponseError,
  KlaviyoServerError,
  KlaviyoUnreachableError,
} from './errors.ts';
import { parseProblems } from './json-api.ts';
import { parseRetryAfterMs } from './retry-after.ts';

/** No call takes longer; the permit ledger counts on it. */
export const requestTimeoutMs = 10_000;

export interface HttpRequest {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The text as JSON; undefined where it is none. */
  readonly body: unknown;
}

export type Fetch = typeof globalThis.fetch;

/** What of an operation decides how its answers are read. */
export type Operation = Pick<Endpoint, 'method' | 'path' | 'safeToRetry'>;

/**
 * What the innermost error is called, and nothing else of it: ky's errors hold the whole request,
 * credentials included, and a malformed header is quoted in the message.
 */
const reasonOf = (error: unknown): Error => {
  if (!(error instanceof Error)) return new Error(typeof error);
  if (error.cause instanceof Error) return reasonOf(error.cause);
  const { code } = error as { code?: unknown };
  return new Error(typeof code === 'string' ? code : error.name);
};

/**
 * Sends a request and reads the whole answer, whatever its status. Redirects are not followed: the
 * credentials would go along.
 * @throws KlaviyoUnreachableError when there is no answer in time.
 */
export const exchange = async (
  endpoint: Operation,
  { url, headers, body, signal }: HttpRequest,
  fetch: Fetch,
): Promise<HttpAnswer> => {
  const timeout = AbortSignal.timeout(requestTimeoutMs);
  const stop = signal === undefined ? timeout : AbortSignal.any([signal, timeout]);
  try {
    const response = await ky(url, {
      method: endpoint.method,
      headers,
      ...(body === undefined ? {} : { body }),
      signal: stop,
      redirect: 'manual',
      retry: 0,
      timeout: false,
      throwHttpErrors: false,
      fetch,
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, text, body: parseAnswer(text) };
  } catch (error) {
    const { safeToRetry } = endpoint;
    const operation = operationOf(endpoint);
    throw new KlaviyoUnreachableError(operation, safeToRetry, reasonOf(error), stop.aborted);
  }
};

/** Codes with which Klaviyo refuses credentials under a status other than 401. */
const credentialCodes = new Set(['authentication_failed', 'not_authenticated']);

/** Statuses below 500 that are no fault of the request: it came too slowly, or too early. */
const passingStatuses = new Set([408, 425]);

/** Whether it is an answer of Klaviyo's that says yes: those are JSON, or have no body. */
export const isAccepted = ({ status, text, body }: HttpAnswer): boolean =>
  status >= 200 && status < 300 && (body !== undefined || text.trim() === '');

/** The error that an answer stands for that was not accepted. */
export const errorOf = (endpoint: Operation, answer: HttpAnswer, nowMs: number): KlaviyoError => {
  const operation = operationOf(endpoint);
  const { status, headers } = answer;
  if (status === 429)
    return new KlaviyoRateLimitError(
      operation,
      parseRetryAfterMs(headers.get('retry-after'), nowMs),
    );
  // A success that is not Klaviyo's is a page of some proxy.
  if (status >= 500 || status < 300 || passingStatuses.has(status))
    return new KlaviyoServerError(operation, status, endpoint.safeToRetry);
  const problems = parseProblems(answer.body);
  if (status === 401 || problems?.some(({ code }) => credentialCodes.has(code)))
    return new KlaviyoAuthorisationError(operation, 401, problems ?? []);
  // A page of the content delivery network: the request never reached Klaviyo.
  if (status === 403 && problems === undefined)
    return new KlaviyoServerError(operation, status, true);
  if (status === 403) return new KlaviyoAuthorisationError(operation, status, problems ?? []);
  return new KlaviyoRequestError(operation, status, problems ?? []);
};

/**
 * What a successful answer holds.
 * @throws KlaviyoResponseError when it does not have the documented shape.
 */
export const outputOf = <O extends z.ZodType>(
  endpoint: Endpoint<z.ZodType, O>,
  answer: HttpAnswer,
): z.output<O> => {
  const parsed = endpoint.output.safeParse(answer.body);
  if (parsed.success) return parsed.data;
  // The schema's issues name fields and types; the parsed values stay out of the error.
  const where = parsed.error.issues.map(({ path, code }) => `${path.join('.')}: ${code}`);
  throw new KlaviyoResponseError(operationOf(endpoint), new Error(where.join('; ')));
};
