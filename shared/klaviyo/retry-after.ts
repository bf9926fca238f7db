/** When Klaviyo says that a call may be made again. */

/** Klaviyo may say 0 seconds; a window never ends sooner than this. */
const leastWaitMs = 1_000;
/** Nor does any last longer than a minute: an answer that says so must not stop an account. */
const longestWaitMs = 3_600_000;

/**
 * The wait that `Retry-After` asks for, in milliseconds: seconds or an HTTP date, an hour at most.
 * One second where it is absent or makes no sense.
 */
export const parseRetryAfterMs = (header: string | null, now: number): number => {
  const value = header?.trim() ?? '';
  const waitMs = /^\d+(\.\d+)?$/.test(value) ? Number(value) * 1_000 : Date.parse(value) - now;
  return Number.isNaN(waitMs)
    ? leastWaitMs
    : Math.min(longestWaitMs, Math.max(leastWaitMs, waitMs));
};
