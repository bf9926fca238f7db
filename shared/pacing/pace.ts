/** How fast one endpoint of one account may be called, and how long a job may wait for its turn. */
import { type Tier, tiers } from '../klaviyo/index.ts';

export interface Pace {
  /** Calls in any one second. */
  readonly burst: number;
  /** Calls in any one minute. */
  readonly steady: number;
  /** Between the instants of two permits. */
  readonly gapMs: number;
  /** How many messages are sent back with one and the same turn. */
  readonly clump: number;
}

/**
 * Between two permits of each tier. The burst allows less, the steady limit needs more in the long
 * run: what lies between is the margin for calls that arrive late and so closer together.
 */
const gapMs: Record<Tier, number> = { XS: 3_500, S: 800, M: 200, L: 20, XL: 4 };

/**
 * How long a message is held at most for its turn; a longer wait is spent in the queue, where it
 * costs nothing.
 */
export const holdMs: Record<Tier, number> = {
  XS: 10_000,
  S: 20_000,
  M: 20_000,
  L: 20_000,
  XL: 20_000,
};

/** A clump has to find its turn within the hold, a while after it was received. */
const clumpMarginMs = 2_000;

/** A part of a pace, at least one call: its calls are as much further apart as they are fewer. */
export const scalePace = (pace: Pace, share: number): Pace => {
  const steady = Math.max(1, Math.floor(pace.steady * share));
  return {
    burst: Math.max(1, Math.floor(pace.burst * share)),
    steady,
    gapMs: Math.ceil((pace.gapMs * pace.steady) / steady),
    clump: Math.max(1, Math.floor(pace.clump * share)),
  };
};

/** The pace of a tier, with the subscriber's own share of it, above 0 and up to 1. */
export const paceOf = (tier: Tier, share: number): Pace => {
  const clump = Math.floor((holdMs[tier] - clumpMarginMs) / gapMs[tier]);
  return scalePace({ ...tiers[tier], gapMs: gapMs[tier], clump }, share);
};
