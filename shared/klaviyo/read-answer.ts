/** What an answer means: whose it is, whether it says yes, and what must happen next. */
import type * as z from 'zod';
import { type Endpoint, operationOf } from './endpoint.ts';
import {
  type ForeignAnswer,
  KlaviyoAuthorisationError,
  type KlaviyoError,
  KlaviyoForeignAnswerError,
  KlaviyoRateLimitError,
  KlaviyoRequestError,
  KlaviyoResponseError,
  KlaviyoServerError,
} from './errors.ts';
import type { HttpAnswer, Operation } from './exchange.ts';
import { isDocument, parseProblems } from './json-api.ts';
import { parseRetryAfterMs } from './retry-after.ts';

/** Codes with which Klaviyo refuses credentials under a status other than 401. */
const credentialCodes = new Set(['authentication_failed', 'not_authenticated']);

/** Statuses below 500 that are no fault of the request: it came too slowly, or too early. */
const passingStatuses = new Set([408, 425]);

/** Refusals for the size of body, address or headers, which servers give before any API does. */
const sizeStatuses = new Set([413, 414, 431]);

/** Whether it is an answer of Klaviyo's that says yes: a document, or empty where none is due. */
export const isAccepted = (
  { output }: Pick<Endpoint, 'output'>,
  { status, text, body, isCut }: HttpAnswer,
): boolean => {
  if (status < 200 || status >= 300 || isCut) return false;
  return text.trim() === '' ? output.safeParse(undefined).success : isDocument(body);
};

const oneWord = /^[\w.+/-]{1,64}$/;

/** What headers say, where they say it in one plain word. */
const wordOf = (text: string | null | undefined): string | undefined => {
  const word = text?.split(/[;\s]/)[0] ?? '';
  return oneWord.test(word) ? word : undefined;
};

/** The error for what came in the place of an answer. */
export const foreignAnswer = (
  endpoint: Operation,
  { status, headers, bytes }: HttpAnswer,
): KlaviyoForeignAnswerError => {
  const answer: ForeignAnswer = {
    status,
    bytes,
    mediaType: wordOf(headers.get('content-type')),
    server: wordOf(headers.get('server')),
    leadsTo: wordOf(URL.parse(headers.get('location') ?? '')?.hostname),
  };
  return new KlaviyoForeignAnswerError(operationOf(endpoint), answer, endpoint.safeToRetry);
};

/**
 * The error that an answer stands for that was not accepted. A refusal is Klaviyo's only where it
 * has the form of one; what has not, a proxy's page or a redirect, says nothing of the request.
 */
export const errorOf = (endpoint: Operation, answer: HttpAnswer, nowMs: number): KlaviyoError => {
  const operation = operationOf(endpoint);
  const { status, headers } = answer;
  if (status === 429)
    return new KlaviyoRateLimitError(
      operation,
      parseRetryAfterMs(headers.get('retry-after'), nowMs),
    );
  if (status >= 500 || passingStatuses.has(status))
    return new KlaviyoServerError(operation, status, endpoint.safeToRetry);
  const problems = parseProblems(answer.body);
  if (sizeStatuses.has(status)) return new KlaviyoRequestError(operation, status, problems ?? []);
  if (status < 400 || problems === undefined) return foreignAnswer(endpoint, answer);
  if (status === 401 || problems.some(({ code }) => credentialCodes.has(code)))
    return new KlaviyoAuthorisationError(operation, 401, problems);
  if (status === 403) return new KlaviyoAuthorisationError(operation, status, problems);
  return new KlaviyoRequestError(operation, status, problems);
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
