/**
 * The ledger of one endpoint of one account: which permits count against the limits, and who waits.
 * Pure: every change is `apply`, which is given the time. docs/decisions/0010 draws it.
 *
 * It keeps four promises, whatever the latency of calls and however Klaviyo's windows lie:
 * 1. Planned instants never decrease in the order of commits, and are a gap apart.
 * 2. When a permit is planned for an instant, fewer than `steady` permits that were committed
 *    before it count beyond that instant.
 * 3. A permit never ceases to count before 60 s after its call can have reached Klaviyo.
 * 4. A permit is handed out once.
 */
import { coalesce } from './coalesce.ts';
import { meetStrangers, noStrangers, paceBeside, type Strangers } from './outside-usage.ts';
import type { Pace } from './pace.ts';
import { earliestRetry, type Plan, planRun } from './plan.ts';
import { expiriesAfter, openRun, prune, type Receipt, type Run, settle } from './reservations.ts';
import { freeInstants, placeInLine } from './virtual-queue.ts';

/** Instants in epoch milliseconds, all whole. */
export interface Ledger {
  /** No permit is planned earlier. */
  readonly nextMs: number;
  /** Klaviyo refused a call: nobody sends earlier. */
  readonly heldUntilMs: number;
  /** The id of the last run. */
  readonly lastId: number;
  /** The ends of the virtual queues, of fresh messages and of those that come back. */
  readonly freshTailMs: number;
  readonly returningTailMs: number;
  /** The steady limit by which those ends were reckoned; 0 where there is none. */
  readonly tailSteady: number;
  readonly strangers: Strangers;
  /** When it was last noted elsewhere that this ledger is in use. */
  readonly notedMs: number;
  readonly runs: readonly Run[];
}

/** Numbers of jobs, by whether they waited their turn before. */
export interface Jobs {
  readonly returning: number;
  readonly fresh: number;
}

export interface Operation {
  readonly receipts: readonly Receipt[];
  readonly wanted: Jobs;
  /** The first instant that the caller can still meet, and the last that is of use to it. */
  readonly fromMs: number;
  readonly untilMs: number;
  /** A call was refused: Klaviyo asks to wait until then. */
  readonly refusedUntilMs?: number | undefined;
}

/** A run of permits, for the jobs that return first, and what the others have to do. */
export interface Grant extends Plan {
  readonly id: number;
  readonly gapMs: number;
  /** When another permit may be had, as a rule. */
  readonly retryAtMs: number;
  /**
   * When to come back, for each job without a permit. Empty where it may as well wait: then it
   * tries again at `retryAtMs`.
   */
  readonly turnsMs: { readonly returning: readonly number[]; readonly fresh: readonly number[] };
}

/** A ledger in which nothing has happened. Ids start high, to tell them from a former life's. */
export const newLedger = (nowMs: number): Ledger => ({
  nextMs: nowMs,
  heldUntilMs: 0,
  lastId: nowMs,
  freshTailMs: 0,
  returningTailMs: 0,
  tailSteady: 0,
  strangers: noStrangers,
  notedMs: 0,
  runs: [],
});

/** How many permits count at an instant. */
export const livePermits = (ledger: Ledger, instantMs: number): number =>
  expiriesAfter(ledger.runs, instantMs).length;

/** Fresh jobs stand back for those that wait, unless these are about to be served. */
const standBackMs = 1_000;
/** A ledger without a permit planned for this long is idle. */
const idleMs = 24_000;

const baseOf = (ledger: Ledger): number => Math.max(ledger.nextMs, ledger.heldUntilMs);

/** A 429 holds everyone; unless they were held already, it also tells of strangers. */
const refuse = (ledger: Ledger, nowMs: number, untilMs: number): Ledger => {
  const known = nowMs < ledger.heldUntilMs;
  const strangers = known ? ledger.strangers : meetStrangers(ledger.strangers, nowMs);
  return { ...ledger, strangers, heldUntilMs: Math.max(ledger.heldUntilMs, Math.ceil(untilMs)) };
};

/** Forgets a virtual queue that nobody comes back to, as after a purge. */
const withoutGhosts = (ledger: Ledger, pace: Pace, nowMs: number): Ledger => {
  if (ledger.nextMs >= nowMs - idleMs || livePermits(ledger, nowMs) * 2 >= pace.steady)
    return ledger;
  const freshTailMs = Math.min(ledger.freshTailMs, nowMs);
  return { ...ledger, freshTailMs, returningTailMs: Math.min(ledger.returningTailMs, nowMs) };
};

/**
 * The virtual queues as they are at this pace: one that was reckoned at a slower one, that of a
 * smaller share or of a throttle since raised, takes as much less time.
 */
const atPace = (ledger: Ledger, { steady }: Pace, nowMs: number): Ledger => {
  const { tailSteady } = ledger;
  if (tailSteady === 0 || tailSteady >= steady) return ledger;
  const sooner = (tailMs: number): number =>
    tailMs <= nowMs ? tailMs : nowMs + Math.ceil(((tailMs - nowMs) * tailSteady) / steady);
  return {
    ...ledger,
    freshTailMs: sooner(ledger.freshTailMs),
    returningTailMs: sooner(ledger.returningTailMs),
    tailSteady: steady,
  };
};

/** What comes before new permits: a refusal, receipts, and the passing of time. */
const update = (ledger: Ledger, pace: Pace, nowMs: number, operation: Operation): Ledger => {
  const { receipts, refusedUntilMs } = operation;
  const held = refusedUntilMs === undefined ? ledger : refuse(ledger, nowMs, refusedUntilMs);
  const runs = receipts.reduce(settle, prune(held.runs, nowMs));
  return atPace(withoutGhosts({ ...held, runs }, pace, nowMs), pace, nowMs);
};

const reserve = (ledger: Ledger, pace: Pace, wanted: number, { fromMs, untilMs }: Operation) => {
  const baseMs = Math.max(fromMs, baseOf(ledger));
  const plan = planRun(ledger.runs, pace, baseMs, wanted, untilMs);
  const { firstMs, count } = plan;
  const run = { ...plan, id: ledger.lastId + 1, gapMs: pace.gapMs };
  if (count === 0) return { ledger, run };
  const nextMs = firstMs + count * pace.gapMs;
  const runs = [...ledger.runs, openRun(run.id, firstMs, count, pace.gapMs)];
  return { ledger: { ...ledger, nextMs, lastId: run.id, runs }, run };
};

/** Gives turns to jobs that get no permit in time. */
const place = (ledger: Ledger, pace: Pace, jobs: Jobs, nowMs: number, retryAtMs: number) => {
  if (jobs.returning + jobs.fresh === 0) return { ledger, turnsMs: { returning: [], fresh: [] } };
  const instants = freeInstants(ledger.runs, pace, baseOf(ledger));
  const line = (count: number, fromMs: number) => placeInLine(instants, count, pace.clump, fromMs);
  const returning = line(jobs.returning, Math.max(ledger.returningTailMs, retryAtMs));
  const fresh = line(jobs.fresh, Math.max(ledger.freshTailMs, nowMs));
  return {
    ledger: {
      ...ledger,
      returningTailMs: jobs.returning > 0 ? returning.tailMs : ledger.returningTailMs,
      freshTailMs: jobs.fresh > 0 ? fresh.tailMs : ledger.freshTailMs,
      tailSteady: pace.steady,
    },
    turnsMs: { returning: returning.turnsMs, fresh: fresh.turnsMs },
  };
};

/** One change of the ledger, and the permits that it grants. */
export const apply = (
  before: Ledger,
  nowMs: number,
  operation: Operation,
  limits: Pace,
): { readonly ledger: Ledger; readonly grant: Grant } => {
  const pace = paceBeside(before.strangers, limits, nowMs);
  const updated = update(before, pace, nowMs, operation);
  const { returning, fresh } = operation.wanted;
  const standBack = updated.freshTailMs > nowMs + standBackMs;
  const asked = returning + (standBack ? 0 : fresh);
  const { ledger: reserved, run } = reserve(updated, pace, asked, operation);
  const retryAtMs = earliestRetry(reserved.runs, pace, baseOf(reserved), nowMs);
  const inVain = retryAtMs > operation.untilMs;
  const leaving = {
    returning: inVain ? Math.max(0, returning - run.count) : 0,
    fresh: inVain || standBack ? fresh - Math.max(0, run.count - returning) : 0,
  };
  const { ledger, turnsMs } = place(reserved, pace, leaving, nowMs, retryAtMs);
  return {
    ledger: { ...ledger, runs: coalesce(ledger.runs) },
    grant: { ...run, retryAtMs, turnsMs },
  };
};
