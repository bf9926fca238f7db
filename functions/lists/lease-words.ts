/** The last words about the people of changes: leased, and given back with what was decided since. */

import { type Fate, fateOf } from '../../shared/jobs/outcome.ts';
import type { PersonWords, ToldConsent } from '../../shared/people/contract/list-decisions.ts';
import type { Decided } from './apply-changes.ts';
import { remember } from './last-words.ts';
import type { ListChange } from './list-change.ts';

/** What came of asking for the last words under a key. */
export type WordLease =
  | { readonly kind: 'leased'; readonly person: PersonWords }
  | { readonly kind: 'busy' }
  | { readonly kind: 'failed'; readonly error: unknown };

/** The last words about people, those of one person for one writer at a time. */
export interface Words {
  /** With what the writer intends to tell Klaviyo: it counts as told if it is never saved. */
  lease(
    intended: ReadonlyMap<string, readonly ToldConsent[]>,
  ): Promise<ReadonlyMap<string, WordLease>>;
  /** Remembers the words under leased keys, and ends their leases. */
  save(people: ReadonlyMap<string, PersonWords>): Promise<void>;
}

export interface LeasedWords {
  /** The changes for which all of the words were to be had. */
  readonly leased: readonly ListChange[];
  of(key: string): PersonWords;
  /** Ends the leases; what is not remembered is not done either. */
  save(decided: readonly Decided[], sentFromMs: number): Promise<readonly Decided[]>;
}

export interface LeaseWordsOptions {
  readonly words: Words;
  readonly now: () => number;
  readonly random: () => number;
}

/** A function runs no longer. */
const longestRunMs = 60_000;
/** As long as the words: see the store of them. */
const keptForMs = 30 * 24 * 3_600_000;
/** Enough for whoever changes their mind every day. */
const maxTold = 60;

const nothing: PersonWords = { words: [], told: [] };

/** Two that wait for each other's people come back at different times. */
const leasedFate = (random: number): Fate => ({
  kind: 'later',
  waitMs: 3_000 + random * 4_000,
  reason: 'leased',
});

const isDone = (fate: Fate): boolean => fate.kind === 'delivered' || fate.kind === 'superseded';

const toTold = ({ kind, on, scope }: ListChange, fromMs: number, untilMs: number): ToldConsent[] =>
  kind === 'membership' || scope === 'membership' ? [] : [{ kind, on, fromMs, untilMs }];

const withTold = (told: readonly ToldConsent[], more: readonly ToldConsent[], nowMs: number) =>
  [...told.filter(({ untilMs }) => untilMs > nowMs - keptForMs), ...more].slice(-maxTold);

export const createLeaseWords =
  ({ words, now, random }: LeaseWordsOptions) =>
  async (
    changes: readonly ListChange[],
    decide: (change: ListChange, fate: Fate) => void,
  ): Promise<LeasedWords> => {
    const intended = new Map<string, ToldConsent[]>();
    for (const change of changes)
      for (const key of change.keys) {
        const intents = toTold(change, now(), now() + longestRunMs);
        intended.set(key, [...(intended.get(key) ?? []), ...intents]);
      }
    const leases = await words.lease(intended);
    const people = new Map<string, PersonWords>();
    for (const [key, lease] of leases) if (lease.kind === 'leased') people.set(key, lease.person);
    const leased = changes.filter((change) => {
      const missing = change.keys
        .map((key) => leases.get(key))
        .find((one) => one?.kind !== 'leased');
      if (missing === undefined) return true;
      decide(change, missing.kind === 'failed' ? fateOf(missing.error) : leasedFate(random()));
      return false;
    });

    return {
      leased,
      of: (key) => people.get(key) ?? nothing,
      async save(decided, sentFromMs) {
        const saved = new Map(people);
        for (const { change, outcome } of decided) {
          if (outcome === undefined) continue;
          const decidedAtMs = now();
          const more = outcome === 'needless' ? [] : toTold(change, sentFromMs, decidedAtMs);
          for (const key of change.keys) {
            const { words: before, told } = saved.get(key) ?? nothing;
            saved.set(key, {
              words: remember(before, change, { decidedAtMs, outcome }),
              told: withTold(told, more, decidedAtMs),
            });
          }
        }
        try {
          if (saved.size > 0) await words.save(saved);
          return decided;
        } catch (error) {
          const failed = fateOf(error);
          return decided.map((one) => (isDone(one.fate) ? { ...one, fate: failed } : one));
        }
      },
    };
  };
