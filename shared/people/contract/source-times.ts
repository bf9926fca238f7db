/** When a word was said, and which of two is the later one. Jobs and what is remembered agree on it. */

/** By this words are ordered. */
export interface WordTime {
  /** Epoch milliseconds: when it was said at the source, never much later than it was sent. */
  readonly occurredAtMs: number;
  /**
   * By how much the source's clock was ahead of even that: so two words of one clock stay in their
   * order. @default 0
   */
  readonly aheadMs?: number | undefined;
}

/** Clocks differ by so much without being wrong. */
const clockToleranceMs = 60_000;

/** Below 0 where the first is the older word, above 0 where it is the newer one. */
export const compareWords = (a: WordTime, b: WordTime): number =>
  a.occurredAtMs - b.occurredAtMs || (a.aheadMs ?? 0) - (b.aheadMs ?? 0);

/**
 * The time of a word by what its source gives, and by when it was first sent. A clock that is far
 * ahead must not have the last word over all that really comes after.
 */
export const wordTimeOf = (
  givenMs: number,
  firstSentAtMs: number,
): Required<WordTime> & {
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
 * As what a word is said again in a job of the bridge's own: by the time that its source gave, and
 * as first sent at a time at which it is judged as it was before.
 */
export const repeatedWord = ({
  occurredAtMs,
  aheadMs = 0,
  happenedByMs = aheadMs > 0 ? occurredAtMs - clockToleranceMs : occurredAtMs,
}: WordTime & { readonly happenedByMs?: number }): {
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
