/** When a statement was made, and which of two is later. Jobs and what is remembered agree on it. */

/** By this statements are ordered. */
export interface SourceTime {
  /** Epoch milliseconds: when it was said at the source, never much later than it was sent. */
  readonly occurredAtMs: number;
  /**
   * By how much the source's clock was ahead of even that: so two statements of one clock stay in
   * their order. @default 0
   */
  readonly aheadMs?: number | undefined;
}

/** Clocks differ by so much without being wrong. */
const clockToleranceMs = 60_000;

/** Below 0 where the first is the older one, above 0 where it is the newer one. */
export const compareSourceTimes = (a: SourceTime, b: SourceTime): number =>
  a.occurredAtMs - b.occurredAtMs || (a.aheadMs ?? 0) - (b.aheadMs ?? 0);

/**
 * The time of a statement by what its source gives, and by when it was first sent. A clock that is
 * far ahead must not override all that really comes after.
 */
export const sourceTimeOf = (
  givenMs: number,
  firstSentAtMs: number,
): Required<SourceTime> & {
  /** Epoch milliseconds: by then it had happened. This is what counts against Klaviyo's own times. */
  readonly happenedByMs: number;
} => {
  const occurredAtMs = Math.min(givenMs, firstSentAtMs + clockToleranceMs);
  return {
    occurredAtMs,
    aheadMs: givenMs - occurredAtMs,
    happenedByMs: Math.min(givenMs, firstSentAtMs),
  };
};

/**
 * With what a statement is repeated in a job of the bridge's own: the time that its source gave, and
 * a first sending at which it counts as it did before.
 */
export const repeatedSourceTime = ({
  occurredAtMs,
  aheadMs = 0,
  happenedByMs = aheadMs > 0 ? occurredAtMs - clockToleranceMs : occurredAtMs,
}: SourceTime & { readonly happenedByMs?: number }): {
  readonly occurredAt: string;
  /** Left out where the time at which the new job is sent will do. */
  readonly firstSentAtMs?: number;
} => {
  const givenMs = occurredAtMs + aheadMs;
  return {
    occurredAt: new Date(givenMs).toISOString(),
    ...(givenMs > happenedByMs && { firstSentAtMs: happenedByMs }),
  };
};
