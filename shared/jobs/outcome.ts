/** What becomes of a job: every outcome that there is, and which one an error leads to. */

import {
  KlaviyoAuthorisationError,
  KlaviyoError,
  KlaviyoRateLimitError,
  KlaviyoRequestError,
  KlaviyoResponseError,
} from '../klaviyo/index.ts';
import type { RefusalReason } from './contract/dead-letters.ts';

export interface Refusal {
  readonly kind: 'refused';
  readonly reason: RefusalReason;
  readonly errorCode?: string | undefined;
  readonly pointer?: string | undefined;
  readonly operation?: string | undefined;
}

export type JobOutcome =
  /** Klaviyo has it. */
  | { readonly kind: 'delivered' }
  /** There was no need: something newer, or the very same, was applied. */
  | {
      readonly kind: 'superseded';
      readonly by:
        | 'newer'
        | 'newer_in_klaviyo'
        | 'same_content'
        | 'setting'
        | 'not_member'
        /** An opt-out from a list that the person is not on, who is subscribed all the same. */
        | 'without_effect';
    }
  /** Its turn has not come: back to the queue for exactly this long, at no cost to the job. */
  | {
      readonly kind: 'later';
      readonly waitMs: number;
      readonly reason: LaterReason;
      /** Epoch milliseconds at which the wait began. @default when the job is disposed of */
      readonly fromMs?: number;
    }
  /** It failed and may well succeed: back to the queue for longer and longer, up to three days. */
  | { readonly kind: 'retry'; readonly errorCode: string; readonly operation?: string | undefined }
  /** It will never succeed as it is: to the dead letters, at once. */
  | Refusal
  /** A defect: tried five times, then to the dead letters. */
  | { readonly kind: 'unexpected'; readonly error: unknown };

export type LaterReason =
  | 'rate_limit'
  | 'connection_held'
  | 'leased'
  | 'awaiting_profile'
  | 'pending'
  | 'awaiting_event'
  | 'out_of_time';

/** The reason with which the deadline of an invocation aborts what is still going on. */
export class OutOfTimeError extends Error {
  override readonly name = 'OutOfTimeError';
}

export const delivered: JobOutcome = { kind: 'delivered' };

/** For how long a job of a connection that is paused or not authorised is put back. */
export const heldWaitMs = 300_000;

/** Names under which AWS says "too fast" or "not now". */
const awsPassing =
  /Throttl|ProvisionedThroughput|RequestLimit|LimitExceeded|Timeout|ECONN|EPIPE|NetworkingError|ServiceUnavailable|InternalServerError|TransactionConflict/;

const isPassing = (error: unknown): error is Error =>
  error instanceof Error &&
  ((error as { retryable?: unknown }).retryable === true ||
    (error as { $fault?: unknown }).$fault === 'server' ||
    awsPassing.test(error.name) ||
    awsPassing.test(String((error as { code?: unknown }).code ?? '')));

const refused = (reason: RefusalReason, error: KlaviyoError): Refusal => {
  const problems = 'problems' in error ? (error as KlaviyoRequestError).problems : [];
  const [problem] = problems;
  return {
    kind: 'refused',
    reason,
    errorCode: problem?.code ?? error.name,
    pointer: problem?.pointer ?? problem?.parameter,
    operation: error.operation,
  };
};

/** The outcome of a job whose handling ended in this error. */
export const outcomeOf = (error: unknown): JobOutcome => {
  if (error instanceof KlaviyoRateLimitError)
    return { kind: 'later', waitMs: error.retryAfterMs, reason: 'rate_limit', fromMs: Date.now() };
  if (error instanceof OutOfTimeError)
    return { kind: 'later', waitMs: 1_000, reason: 'out_of_time' };
  if (error instanceof KlaviyoAuthorisationError)
    return error.status === 401
      ? { kind: 'later', waitMs: heldWaitMs, reason: 'connection_held' }
      : refused('not_authorised', error);
  if (error instanceof KlaviyoRequestError) return refused('request_refused', error);
  if (error instanceof KlaviyoResponseError) return refused('answer_not_understood', error);
  if (isPassing(error)) {
    const operation = error instanceof KlaviyoError ? error.operation : undefined;
    return { kind: 'retry', errorCode: error.name, operation };
  }
  return { kind: 'unexpected', error };
};
