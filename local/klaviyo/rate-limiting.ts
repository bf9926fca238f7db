import { type ApiError, throttled } from './api-error.ts';
import { createRateWindows, type RateWindows, type RateWindowsOptions } from './rate-windows.ts';

/** Klaviyo's tiers of limits: calls per second and per minute. */
export type Tier = 'XS' | 'S' | 'M' | 'L' | 'XL';
export type Limit = RateWindowsOptions['limit'];

const limits: Readonly<Record<Tier, Limit>> = {
  XS: { burst: 1, steady: 15 },
  S: { burst: 3, steady: 60 },
  M: { burst: 10, steady: 150 },
  L: { burst: 75, steady: 750 },
  XL: { burst: 350, steady: 3500 },
};

/** What a tier allows: L has grown from 700 to 750 a minute with the revision 2026-01-15. */
export const limitOf = (tier: Tier, named: string): Limit =>
  tier === 'L' && named < '2026-01-15' ? { burst: 75, steady: 700 } : limits[tier];

/** A limit in place of Klaviyo's own. */
export interface OwnLimit extends Limit {
  /** As in `POST /api/profiles`. @default every endpoint */
  readonly endpoint?: string;
  /** The account's id. @default every account */
  readonly account?: string;
}

export interface RateLimitingOptions
  extends Partial<Omit<RateWindowsOptions, 'limit' | 'burstWindowMs' | 'steadyWindowMs'>> {
  /** Whether Klaviyo's own limits hold. @default true */
  readonly enforced?: boolean;
  /** Of those that match a call, the first holds. @default none */
  readonly ownLimits?: readonly OwnLimit[];
  /** Windows are this many times shorter than a second and a minute. @default 1 */
  readonly timeScale?: number;
  /** Which window `ratelimit-remaining` and `-reset` tell of. @default 'burst', as recorded */
  readonly headersDescribe?: 'burst' | 'steady';
}

/** A call as the limits see it. */
interface CountedCall {
  readonly endpoint: string;
  readonly account: string;
  /** Whose quota of the endpoint it uses: an account's, or an app's of an account. */
  readonly quotaScope: string;
  /** What Klaviyo allows. */
  readonly limit: Limit;
}

export interface RateLimiting {
  readonly options: RateLimitingOptions;
  /**
   * Counts a call and returns the headers of its answer.
   * @throws ApiError 429 when either window is used up.
   */
  take(call: CountedCall): Readonly<Record<string, string>>;
}

/**
 * Two fixed windows for each quota: one endpoint of one account (and app). Calls of an endpoint
 * under different limits are counted apart: Klaviyo does not say how they add up.
 */
export const createRateLimiting = (
  options: RateLimitingOptions | 'off',
  nowMs: () => number,
): RateLimiting => {
  const given = options === 'off' ? { enforced: false } : options;
  const {
    timeScale = 1,
    headersDescribe = 'burst',
    enforced = true,
    ownLimits = [],
    ...rest
  } = given;
  const quotas = new Map<string, RateWindows>();

  const windowsOf = ({ quotaScope, endpoint, limit: official }: CountedCall, limit: Limit) => {
    const key = `${quotaScope} ${endpoint} ${official.burst}/${official.steady}`;
    const present = quotas.get(key);
    if (present) return present;
    const created = createRateWindows({
      alignment: 'epoch',
      countRejected: true,
      ...rest,
      limit,
      burstWindowMs: 1000 / timeScale,
      steadyWindowMs: 60_000 / timeScale,
    });
    quotas.set(key, created);
    return created;
  };

  const limitFor = ({ endpoint, account, limit }: CountedCall): Limit | undefined =>
    ownLimits.find(
      (own) => (own.endpoint ?? endpoint) === endpoint && (own.account ?? account) === account,
    ) ?? (enforced ? limit : undefined);

  const take: RateLimiting['take'] = (call) => {
    const limit = limitFor(call);
    if (!limit) return {};
    const taken = windowsOf(call, limit).take(nowMs());
    if (!taken.allowed) throw throttled(taken.retryAfterSeconds) satisfies ApiError;
    const { remaining, resetMs } = taken[headersDescribe];
    return {
      'ratelimit-limit': `${limit.burst}, ${limit.burst};w=1, ${limit.steady};w=60`,
      'ratelimit-remaining': String(remaining),
      'ratelimit-reset': String(Math.floor(resetMs / 1000)),
    };
  };
  return { options: given, take };
};
