/** When Klaviyo says that a call may be made again. */

/** Klaviyo may say 0 seconds; a window never ends sooner than this. */
const leastWaitMs = 1_000;

/**
 * The wait that `Retry-After` asks for, in milliseconds: whole seconds or an HTTP date. One second
 * where it is absent or makes no sense.
 */
export const parseRetryAfterMs = (header: string | null, now: number): number => {
  const value = header?.trim() ?? '';
  const waitMs = /^\d+(\.\d+)?$/.test(value) ? Number(value) * 1_000 : Date.parse(value) - now;
  return Number.isFinite(waitMs) ? Math.max(leastWaitMs, waitMs) : leastWaitMs;
};
