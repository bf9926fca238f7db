/** Klaviyo's rate limits: two fixed windows at once, per account and endpoint. */

export interface RateLimit {
  /** Calls in any one second. */
  readonly burst: number;
  /** Calls in any one minute. */
  readonly steady: number;
}

/**
 * The five tiers. L is 700 a minute in specs up to 2025-10-15 and 750 from 2026-01-15 on; whether
 * requests that name an older revision get 750 is unknown, so 700 holds for all.
 */
export const tiers = {
  XS: { burst: 1, steady: 15 },
  S: { burst: 3, steady: 60 },
  M: { burst: 10, steady: 150 },
  L: { burst: 75, steady: 700 },
  XL: { burst: 350, steady: 3500 },
} as const satisfies Record<string, RateLimit>;

export type Tier = keyof typeof tiers;
