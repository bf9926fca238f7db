/** What a call needs to know besides its content: for whom, until when, and who is told. */
import type { ForeignAnswer } from './errors.ts';
import type { PermitRequest } from './permits.ts';

/** Whom a call is for: one Klaviyo account with its credentials and settings. */
export interface KlaviyoConnection {
  /** The account whose limits the calls count against. */
  readonly quotaScope: string;
  readonly apiUrl: string;
  readonly revision: string;
  readonly throttle: PermitRequest['throttle'];
  /**
   * The `Authorization` header. Klaviyo having refused one, `rejected` names it: the answer is a
   * renewed one, or the same where there is none.
   */
  readonly authorisation: (rejected?: string) => Promise<string>;
}

export interface CallOptions {
  /** Epoch milliseconds after which a call is no longer begun. */
  readonly notAfterMs: number;
  readonly signal?: AbortSignal | undefined;
  /** @default false: the job was not deferred before */
  readonly returning?: boolean | undefined;
  /** Told where Klaviyo has accepted a write, and left out a part of it. */
  readonly onPartialFailure?: (() => void) | undefined;
}

/** What became of one request: for metrics, so without anything of its content. */
export interface CallRecord {
  readonly operation: string;
  readonly quotaScope: string;
  /** Undefined where no answer came. */
  readonly status: number | undefined;
  /** What came, where it was not Klaviyo's. */
  readonly foreign: ForeignAnswer | undefined;
  readonly permitWaitMs: number;
  readonly durationMs: number;
}
