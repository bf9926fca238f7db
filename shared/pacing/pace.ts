/** How fast one endpoint of one account may be called, and how long a job may wait for its permit. */
import { type Tier, tiers } from '../klaviyo/index.ts';

export interface Pace {
  /** Calls in any one second. */
  readonly burst: number;
  /** Calls in any one minute. */
  readonly steady: number;
  /** Between the instants of two permits. */
  readonly gapMs: number;
  /** How many messages are deferred to one and the same instant: they come back together. */
  readonly cohortSize: number;
}

/**
 * Between two permits of each tier. The burst allows less, the steady limit needs more in the long
 * run: what lies between is the margin for calls that arrive late and so closer together.
 */
const gapMs: Record<Tier, number> = { XS: 3_500, S: 800, M: 200, L: 20, XL: 4 };

/**
 * The longest that a message waits for its permit in a process; a longer wait is spent in SQS,
 * where it costs nothing.
 */
export const maxPermitWaitMs: Record<Tier, number> = {
  XS: 10_000,
  S: 20_000,
  M: 20_000,
  L: 20_000,
  XL: 20_000,
};

/** All of a cohort get their permits within that wait, which begins a while after they came back. */
const cohortMarginMs = 2_000;

/** A part of a pace, at least one call: its calls are as much further apart as they are fewer. */
export const scalePace = (pace: Pace, share: number): Pace => {
  const steady = Math.max(1, Math.floor(pace.steady * share));
  return {
    burst: Math.max(1, Math.floor(pace.burst * share)),
    steady,
    gapMs: Math.ceil((pace.gapMs * pace.steady) / steady),
    cohortSize: Math.max(1, Math.floor(pace.cohortSize * share)),
  };
};

/** The pace of a tier, with the subscriber's own share of it, above 0 and up to 1. */
export const paceOf = (tier: Tier, share: number): Pace => {
  const cohortSize = Math.floor((maxPermitWaitMs[tier] - cohortMarginMs) / gapMs[tier]);
  return scalePace({ ...tiers[tier], gapMs: gapMs[tier], cohortSize }, share);
};
