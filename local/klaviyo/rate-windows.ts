/**
 * Klaviyo's rate limit of one endpoint and account: two fixed windows at once. Pure: the time is
 * passed in, nothing is read or awaited.
 */

export interface RateWindowsOptions {
  readonly limit: { readonly burst: number; readonly steady: number };
  /** @default 1000 */
  readonly burstWindowMs?: number | undefined;
  /** @default 60000 */
  readonly steadyWindowMs?: number | undefined;
  /**
   * Where windows begin: at multiples of their length (shifted by `epochOffsetMs`), or with the
   * first call after the last window ended. Klaviyo does not say which.
   */
  readonly alignment: 'epoch' | 'first-request';
  /** Whether a refused call uses up quota too. Klaviyo does not say. */
  readonly countRejected: boolean;
  /** Shifts the windows of the alignment `epoch`. @default 0 */
  readonly epochOffsetMs?: number | undefined;
}

type RateWindowName = 'burst' | 'steady';

/** What is left of a window after the call, and when the window ends. */
interface RateWindowState {
  readonly remaining: number;
  readonly resetMs: number;
}

type RateVerdict =
  | { readonly allowed: true; readonly burst: RateWindowState; readonly steady: RateWindowState }
  | {
      readonly allowed: false;
      /** Whole seconds, at least 1, as in the header `Retry-After`. */
      readonly retryAfterSeconds: number;
      /** The same wait exactly. */
      readonly retryAfterMs: number;
      /** The window that is used up; of two, the one that ends later. */
      readonly window: RateWindowName;
    };

export interface RateWindows {
  /** Counts one call that arrives at `nowMs`. Time must not run backwards. */
  take(nowMs: number): RateVerdict;
}

interface Window {
  readonly startMs: number;
  readonly endMs: number;
  readonly used: number;
}

type WindowAt = (nowMs: number, current: Window | undefined) => Window;

/** The window that holds `nowMs`: the current one, or a fresh one where that has ended. */
const windowOf =
  (lengthMs: number, { alignment, epochOffsetMs = 0 }: RateWindowsOptions): WindowAt =>
  (nowMs, current) => {
    if (current && nowMs < current.endMs) return current;
    const aligned = Math.floor((nowMs - epochOffsetMs) / lengthMs) * lengthMs + epochOffsetMs;
    const startMs = alignment === 'epoch' ? aligned : nowMs;
    return { startMs, endMs: startMs + lengthMs, used: 0 };
  };

const refusal = (window: RateWindowName, retryAfterMs: number): RateVerdict => ({
  allowed: false,
  window,
  retryAfterMs,
  retryAfterSeconds: Math.max(1, Math.ceil(retryAfterMs / 1000)),
});

/** Counts the calls of one endpoint and account, and refuses those over either limit. */
export const createRateWindows = (options: RateWindowsOptions): RateWindows => {
  const { limit, burstWindowMs = 1000, steadyWindowMs = 60_000, countRejected } = options;
  const burstAt = windowOf(burstWindowMs, options);
  const steadyAt = windowOf(steadyWindowMs, options);
  let lastBurst: Window | undefined;
  let lastSteady: Window | undefined;

  const take = (nowMs: number): RateVerdict => {
    const burst = burstAt(nowMs, lastBurst);
    const steady = steadyAt(nowMs, lastSteady);
    const full: { name: RateWindowName; endMs: number }[] = [];
    if (burst.used >= limit.burst) full.push({ name: 'burst', endMs: burst.endMs });
    if (steady.used >= limit.steady) full.push({ name: 'steady', endMs: steady.endMs });
    const last = full.sort((a, b) => b.endMs - a.endMs)[0];
    if (!last || countRejected) {
      lastBurst = { ...burst, used: burst.used + 1 };
      lastSteady = { ...steady, used: steady.used + 1 };
    }
    if (last) return refusal(last.name, last.endMs - nowMs);
    return {
      allowed: true,
      burst: { remaining: limit.burst - burst.used - 1, resetMs: burst.endMs - nowMs },
      steady: { remaining: limit.steady - steady.used - 1, resetMs: steady.endMs - nowMs },
    };
  };
  return { take };
};
