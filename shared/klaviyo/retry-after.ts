/** When Klaviyo says that a call may be made again. */

/** Klaviyo may say 0 seconds; a window never ends sooner than this. */
const leastWaitMs = 1_000;
/** A window lasts a minute, and Klaviyo may mean more; no one answer stops an account for longer. */
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
