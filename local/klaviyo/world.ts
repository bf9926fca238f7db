import type { FaultScript } from './faults.ts';
import type { Authorize, AutoConsent } from './oauth/authorize.ts';
import type { Grants, OAuthApp } from './oauth/grants.ts';
import type { Random } from './random.ts';
import type { RateLimiting } from './rate-limiting.ts';
import type { Account } from './state/account.ts';

/** All that a simulator holds: made anew by a reset. */
export interface World {
  readonly random: Random;
  readonly nowMs: () => number;
  readonly accounts: readonly Account[];
  readonly apps: readonly OAuthApp[];
  readonly grants: Grants;
  readonly authorize: Authorize;
  readonly rateLimiting: RateLimiting;
  readonly cursorLifetimeMs: number;
  readonly filterMarginMs: number;
  autoConsent: AutoConsent;
  faults: FaultScript;
}
