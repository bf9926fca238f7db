/** The decisions about the people of changes: leased, and given back with those made since. */

import { type JobOutcome, outcomeOf } from '../../shared/jobs/outcome.ts';
import type { PersonDecisions, ToldConsent } from '../../shared/people/contract/list-decisions.ts';
import type { AppliedChange } from './apply-changes.ts';
import { remember } from './rules/decision-rules.ts';
import type { ListChange } from './rules/list-change.ts';

/** What came of asking for the decisions under a key. */
export type DecisionLease =
  | { readonly kind: 'leased'; readonly person: PersonDecisions }
  | { readonly kind: 'busy' }
  | { readonly kind: 'failed'; readonly error: unknown };

/** The decisions about people, those of one person for one writer at a time. */
export interface Decisions {
  /** With what the writer intends to tell Klaviyo: it counts as told if it is never saved. */
  lease(
    intended: ReadonlyMap<string, readonly ToldConsent[]>,
  ): Promise<ReadonlyMap<string, DecisionLease>>;
  /** Remembers the decisions under leased keys, and ends their leases. */
  save(people: ReadonlyMap<string, PersonDecisions>): Promise<void>;
}

export interface LeasedDecisions {
  /** The changes for which all of the decisions were to be had. */
  readonly leased: readonly ListChange[];
  of(key: string): PersonDecisions;
  /** Ends the leases; what is not remembered is not done either. */
  save(applied: readonly AppliedChange[], sentFromMs: number): Promise<readonly AppliedChange[]>;
}

export interface LeaseDecisionsOptions {
  readonly decisions: Decisions;
  readonly now: () => number;
  readonly random: () => number;
}

/** A function runs no longer. */
const longestRunMs = 60_000;
/** As long as the decisions: see the store of them. */
const keptForMs = 30 * 24 * 3_600_000;
/** Enough for whoever changes their mind every day. */
const maxTold = 60;

const nothing: PersonDecisions = { decisions: [], told: [] };

/** Two that wait for each other's people come back at different times. */
const leasedOutcome = (random: number): JobOutcome => ({
  kind: 'later',
  waitMs: 3_000 + random * 4_000,
  reason: 'leased',
});

const isDone = (outcome: JobOutcome): boolean =>
  outcome.kind === 'delivered' || outcome.kind === 'superseded';

const toTold = ({ kind, on, scope }: ListChange, fromMs: number, untilMs: number): ToldConsent[] =>
  kind === 'membership' || scope === 'membership' ? [] : [{ kind, on, fromMs, untilMs }];

const withTold = (told: readonly ToldConsent[], more: readonly ToldConsent[], nowMs: number) =>
  [...told.filter(({ untilMs }) => untilMs > nowMs - keptForMs), ...more].slice(-maxTold);

export const createLeaseDecisions =
  ({ decisions, now, random }: LeaseDecisionsOptions) =>
  async (
    changes: readonly ListChange[],
    decide: (change: ListChange, outcome: JobOutcome) => void,
  ): Promise<LeasedDecisions> => {
    const intended = new Map<string, ToldConsent[]>();
    for (const change of changes)
      for (const key of change.keys) {
        const intents = toTold(change, now(), now() + longestRunMs);
        intended.set(key, [...(intended.get(key) ?? []), ...intents]);
      }
    const leases = await decisions.lease(intended);
    const people = new Map<string, PersonDecisions>();
    for (const [key, lease] of leases) if (lease.kind === 'leased') people.set(key, lease.person);
    const leased = changes.filter((change) => {
      const missing = change.keys
        .map((key) => leases.get(key))
        .find((one) => one?.kind !== 'leased');
      if (missing === undefined) return true;
      decide(
        change,
        missing.kind === 'failed' ? outcomeOf(missing.error) : leasedOutcome(random()),
      );
      return false;
    });

    return {
      leased,
      of: (key) => people.get(key) ?? nothing,
      async save(applied, sentFromMs) {
        const saved = new Map(people);
        for (const { change, delivery } of applied) {
          if (delivery === undefined) continue;
          const decidedAtMs = now();
          const more = delivery === 'needless' ? [] : toTold(change, sentFromMs, decidedAtMs);
          for (const key of change.keys) {
            const { decisions: before, told } = saved.get(key) ?? nothing;
            saved.set(key, {
              decisions: remember(before, change, { decidedAtMs, delivery }),
              told: withTold(told, more, decidedAtMs),
            });
          }
        }
        try {
          if (saved.size > 0) await decisions.save(saved);
          return applied;
        } catch (error) {
          const failed = outcomeOf(error);
          return applied.map((one) => (isDone(one.outcome) ? { ...one, outcome: failed } : one));
        }
      },
    };
  };
