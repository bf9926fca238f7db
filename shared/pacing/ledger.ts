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
import {
  noOutsideUsage,
  noticeOutsideUsage,
  type OutsideUsage,
  paceBeside,
} from './outside-usage.ts';
import type { Pace } from './pace.ts';
import { earliestRetry, type Plan, planReservation } from './plan.ts';
import {
  applyReceipt,
  expiriesAfter,
  openReservation,
  prune,
  type Receipt,
  type Reservation,
} from './reservations.ts';
import { freeInstants, placeInVirtualQueue } from './virtual-queue.ts';

/** Instants in epoch milliseconds, all whole. */
export interface Ledger {
  /** No permit is planned earlier. */
  readonly nextMs: number;
  /** Klaviyo refused a call: nobody sends earlier. */
  readonly blockedUntilMs: number;
  /** The id of the last reservation. */
  readonly lastId: number;
  /** The ends of the virtual queues, of fresh messages and of those that come back. */
  readonly freshTailMs: number;
  readonly returningTailMs: number;
  /** The steady limit by which those ends were reckoned; 0 where there is none. */
  readonly tailSteady: number;
  readonly outsideUsage: OutsideUsage;
  /** When the in-use marker was last written. */
  readonly markedMs: number;
  readonly reservations: readonly Reservation[];
}

/** Numbers of jobs, by whether they were deferred before. */
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

/** A reservation, whose permits go to the jobs that return first, and what the others have to do. */
export interface Grant extends Plan {
  readonly id: number;
  readonly gapMs: number;
  /** When another permit may be had, as a rule. */
  readonly retryAtMs: number;
  /**
   * When to come back, for each job without a permit. Empty where it may as well wait: then it
   * tries again at `retryAtMs`.
   */
  readonly deferredUntilMs: {
    readonly returning: readonly number[];
    readonly fresh: readonly number[];
  };
}

/** A ledger in which nothing has happened. Ids start high, to tell them from a former life's. */
export const newLedger = (nowMs: number): Ledger => ({
  nextMs: nowMs,
  blockedUntilMs: 0,
  lastId: nowMs,
  freshTailMs: 0,
  returningTailMs: 0,
  tailSteady: 0,
  outsideUsage: noOutsideUsage,
  markedMs: 0,
  reservations: [],
});

/** How many permits count at an instant. */
export const livePermits = (ledger: Ledger, instantMs: number): number =>
  expiriesAfter(ledger.reservations, instantMs).length;

/** Fresh jobs stand back for those that wait, unless these are about to be served. */
const standBackMs = 1_000;
/** A ledger without a permit planned for this long is idle. */
const idleMs = 24_000;

const baseOf = (ledger: Ledger): number => Math.max(ledger.nextMs, ledger.blockedUntilMs);

/** A 429 blocks everyone; unless they were blocked already, it also tells of outside usage. */
const refuse = (ledger: Ledger, nowMs: number, untilMs: number): Ledger => {
  const known = nowMs < ledger.blockedUntilMs;
  const outsideUsage = known ? ledger.outsideUsage : noticeOutsideUsage(ledger.outsideUsage, nowMs);
  return {
    ...ledger,
    outsideUsage,
    blockedUntilMs: Math.max(ledger.blockedUntilMs, Math.ceil(untilMs)),
  };
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
  const refused = refusedUntilMs === undefined ? ledger : refuse(ledger, nowMs, refusedUntilMs);
  const reservations = receipts.reduce(applyReceipt, prune(refused.reservations, nowMs));
  return atPace(withoutGhosts({ ...refused, reservations }, pace, nowMs), pace, nowMs);
};

const reserve = (ledger: Ledger, pace: Pace, wanted: number, { fromMs, untilMs }: Operation) => {
  const baseMs = Math.max(fromMs, baseOf(ledger));
  const plan = planReservation(ledger.reservations, pace, baseMs, wanted, untilMs);
  const { firstMs, count } = plan;
  const reservation = { ...plan, id: ledger.lastId + 1, gapMs: pace.gapMs };
  if (count === 0) return { ledger, reservation };
  const nextMs = firstMs + count * pace.gapMs;
  const reservations = [
    ...ledger.reservations,
    openReservation(reservation.id, firstMs, count, pace.gapMs),
  ];
  return { ledger: { ...ledger, nextMs, lastId: reservation.id, reservations }, reservation };
};

/** Gives places in the virtual queue to jobs that get no permit in time. */
const place = (ledger: Ledger, pace: Pace, jobs: Jobs, nowMs: number, retryAtMs: number) => {
  if (jobs.returning + jobs.fresh === 0)
    return { ledger, deferredUntilMs: { returning: [], fresh: [] } };
  const instants = freeInstants(ledger.reservations, pace, baseOf(ledger));
  const queue = (count: number, fromMs: number) =>
    placeInVirtualQueue(instants, count, pace.cohortSize, fromMs);
  const returning = queue(jobs.returning, Math.max(ledger.returningTailMs, retryAtMs));
  const fresh = queue(jobs.fresh, Math.max(ledger.freshTailMs, nowMs));
  return {
    ledger: {
      ...ledger,
      returningTailMs: jobs.returning > 0 ? returning.tailMs : ledger.returningTailMs,
      freshTailMs: jobs.fresh > 0 ? fresh.tailMs : ledger.freshTailMs,
      tailSteady: pace.steady,
    },
    deferredUntilMs: { returning: returning.deferredUntilMs, fresh: fresh.deferredUntilMs },
  };
};

/** One change of the ledger, and the permits that it grants. */
export const apply = (
  before: Ledger,
  nowMs: number,
  operation: Operation,
  limits: Pace,
): { readonly ledger: Ledger; readonly grant: Grant } => {
  const pace = paceBeside(before.outsideUsage, limits, nowMs);
  const updated = update(before, pace, nowMs, operation);
  const { returning, fresh } = operation.wanted;
  const standBack = updated.freshTailMs > nowMs + standBackMs;
  const asked = returning + (standBack ? 0 : fresh);
  const { ledger: reserved, reservation } = reserve(updated, pace, asked, operation);
  const retryAtMs = earliestRetry(reserved.reservations, pace, baseOf(reserved), nowMs);
  const inVain = retryAtMs > operation.untilMs;
  const deferred = {
    returning: inVain ? Math.max(0, returning - reservation.count) : 0,
    fresh: inVain || standBack ? fresh - Math.max(0, reservation.count - returning) : 0,
  };
  const { ledger, deferredUntilMs } = place(reserved, pace, deferred, nowMs, retryAtMs);
  return {
    ledger: { ...ledger, reservations: coalesce(ledger.reservations) },
    grant: { ...reservation, retryAtMs, deferredUntilMs },
  };
};
