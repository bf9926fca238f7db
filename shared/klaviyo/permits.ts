/**
 * The pacing port: no call leaves for Klaviyo without a permit. The client takes one for each call
 * and reports how the call ended; whoever implements it shares the limits among all callers.
 */
import type { Tier } from './tiers.ts';

export interface PermitRequest {
  /** Whose quota: the Klaviyo account. Two connections to one account share one quota. */
  readonly quotaScope: string;
  /** Which ledger: the endpoint's name, as each endpoint has limits of its own. */
  readonly endpoint: string;
  readonly tier: Tier;
  /** The subscriber's own throttle: a share of the limit above 0 and up to 1, a cap on calls in flight. */
  readonly throttle: { readonly share: number; readonly maxInFlight?: number | undefined };
  /** Epoch milliseconds: a permit for a later instant is of no use to the caller. */
  readonly notAfterMs: number;
  /** Whether the job was deferred before: it comes ahead of fresh ones then. */
  readonly returning: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** How a call ended, as far as the quota is concerned. Times are epoch milliseconds. */
export type CallOutcome =
  /** Klaviyo answered, whatever it said. */
  | { readonly kind: 'answered'; readonly atMs: number }
  /** It may or may not have reached Klaviyo: timeout, reset. */
  | { readonly kind: 'unanswered'; readonly atMs: number }
  /** Klaviyo refused it for its rate: nobody sends until then. */
  | { readonly kind: 'throttled'; readonly atMs: number; readonly retryAfterMs: number }
  /** It was never sent. */
  | { readonly kind: 'unused' };

export interface Permit {
  /** Says once how the call ended; repeated reports change nothing. */
  report(outcome: CallOutcome): void;
}

export interface Permits {
  /**
   * Resolves at the instant at which the call has to be sent.
   * @throws KlaviyoRateLimitError when none comes before `notAfterMs`, with the time to wait.
   */
  take(request: PermitRequest): Promise<Permit>;
  /** Writes what is owed to the shared ledger: to be called when a batch of calls is done. */
  flush(): Promise<void>;
}
