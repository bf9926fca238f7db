/**
 * What can go wrong with a call, sorted by what must happen next. The class is chosen where the
 * status is known, and decides; the status is kept for those who need more than that, as what a 404
 * or a 409 means differs by endpoint. No message holds a token, an identifier of a person, or
 * anything else of the request's content.
 */
import { withoutData } from './without-data.ts';

/** One entry of Klaviyo's error body. `detail` may quote the request: it is kept off every log. */
export interface KlaviyoProblem {
  readonly code: string;
  readonly detail: string;
  /** JSON pointer into the request body, such as `/data/attributes/phone_number`. */
  readonly pointer?: string | undefined;
  /** The query parameter at fault. */
  readonly parameter?: string | undefined;
  /** The profile that already has one of the identifiers: `duplicate_profile` only. */
  readonly duplicateProfileId?: string | undefined;
}

/**
 * Keeps Klaviyo's words at hand for code and out of sight: Lambda prints every enumerable property
 * of an error that ends an invocation, and they may quote the request.
 */
const keepProblems = (error: Error, problems: readonly KlaviyoProblem[]): void => {
  Object.defineProperty(error, 'problems', { value: problems, enumerable: false });
};

/** Common to all: the operation (`POST /api/events`) and whether to try again. */
export abstract class KlaviyoError extends Error {
  readonly operation: string;
  /** The same call may be made again without harm, and may well succeed. */
  abstract readonly retryable: boolean;

  constructor(operation: string, message: string, options?: ErrorOptions) {
    super(`${operation}: ${message}`, options);
    this.operation = operation;
  }
}

/** No answer: DNS, reset, timeout. Retryable where the operation is safe to repeat. */
export class KlaviyoUnreachableError extends KlaviyoError {
  override readonly name = 'KlaviyoUnreachableError';
  readonly retryable: boolean;
  /** It was we who stopped waiting: Klaviyo may be at it, and carry it out after later calls. */
  readonly mayStillHappen: boolean;

  constructor(operation: string, safeToRetry: boolean, cause: unknown, mayStillHappen = false) {
    super(operation, 'no answer from Klaviyo', { cause });
    this.retryable = safeToRetry;
    this.mayStillHappen = mayStillHappen;
  }
}

/** 429, or no permit within the time left: nothing happened, and it may be tried after the wait. */
export class KlaviyoRateLimitError extends KlaviyoError {
  override readonly name = 'KlaviyoRateLimitError';
  readonly retryable = true;
  readonly retryAfterMs: number;

  constructor(operation: string, retryAfterMs: number) {
    super(operation, `over the rate limit, to be tried again in ${Math.ceil(retryAfterMs)} ms`);
    this.retryAfterMs = retryAfterMs;
  }
}

/** 5xx: it may or may not have happened. */
export class KlaviyoServerError extends KlaviyoError {
  override readonly name: string = 'KlaviyoServerError';
  readonly retryable: boolean;
  readonly status: number;

  constructor(
    operation: string,
    status: number,
    safeToRetry: boolean,
    message = `Klaviyo failed with status ${status}`,
  ) {
    super(operation, message);
    this.status = status;
    this.retryable = safeToRetry;
  }
}

/** What came in the place of an answer of Klaviyo's. None of its text: that may quote the request. */
export interface ForeignAnswer {
  readonly status: number;
  /** As much as was read of it. */
  readonly bytes: number;
  readonly mediaType: string | undefined;
  /** Who sent it, as it calls itself. */
  readonly server: string | undefined;
  /** The host that a redirect names. */
  readonly leadsTo: string | undefined;
}

/**
 * An answer without the form of Klaviyo's, whatever its status: of a proxy, a firewall, a captive
 * portal. It says nothing of the request, and passes by itself.
 */
export class KlaviyoForeignAnswerError extends KlaviyoServerError {
  override readonly name: string = 'KlaviyoForeignAnswerError';
  declare readonly answer: ForeignAnswer;

  constructor(operation: string, answer: ForeignAnswer, safeToRetry: boolean) {
    const { status, mediaType = 'no media type' } = answer;
    const message = `an answer that is not Klaviyo's, with status ${status} (${mediaType})`;
    super(operation, status, safeToRetry, message);
    Object.defineProperty(this, 'answer', { value: answer, enumerable: false });
  }
}

export const foreignIn = (error: unknown): ForeignAnswer | undefined =>
  error instanceof KlaviyoForeignAnswerError ? error.answer : undefined;

/** 401 after one refresh, or 403: a person must reconnect the account or grant a scope. */
export class KlaviyoAuthorisationError extends KlaviyoError {
  override readonly name = 'KlaviyoAuthorisationError';
  readonly retryable = false;
  readonly status: number;
  declare readonly problems: readonly KlaviyoProblem[];

  constructor(operation: string, status: number, problems: readonly KlaviyoProblem[]) {
    const why = problems.map(({ code }) => ` (${withoutData(code)})`).join('');
    super(operation, `Klaviyo refused the credentials with status ${status}${why}`);
    this.status = status;
    keepProblems(this, problems);
  }
}

/** Any other 4xx: the request is wrong, and would be wrong again. */
export class KlaviyoRequestError extends KlaviyoError {
  override readonly name = 'KlaviyoRequestError';
  readonly retryable = false;
  readonly status: number;
  declare readonly problems: readonly KlaviyoProblem[];

  constructor(operation: string, status: number, problems: readonly KlaviyoProblem[]) {
    const codes = problems.map(({ code, pointer }) =>
      withoutData(code).concat(pointer ? ` at ${withoutData(pointer)}` : ''),
    );
    super(operation, `Klaviyo refused the request with status ${status} (${codes.join(', ')})`);
    this.status = status;
    keepProblems(this, problems);
  }
}

/** 2xx with a body that breaks our schema: one of the two sides has changed. */
export class KlaviyoResponseError extends KlaviyoError {
  override readonly name = 'KlaviyoResponseError';
  readonly retryable = false;

  constructor(operation: string, cause: unknown) {
    super(operation, 'the answer does not have the documented shape', { cause });
  }
}
