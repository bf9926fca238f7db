import type { WordLease, Words } from '../../functions/lists/lease-words.ts';
import type { PersonWords, ToldConsent } from '../../shared/people/contract/list-decisions.ts';

interface Item {
  readonly person: PersonWords;
  readonly lease?: { readonly untilMs: number; readonly intended: readonly ToldConsent[] };
}

/** Last words in memory, with leases as the table keeps them. */
export const createMemoryWords = (now: () => number, wordLeaseMs = 120_000) => {
  const items = new Map<string, Item>();
  let saveError: Error | undefined;
  const leaseOne = (key: string, intended: readonly ToldConsent[]): WordLease => {
    const { person: before, lease } = items.get(key) ?? { person: { words: [], told: [] } };
    if (lease !== undefined && lease.untilMs >= now()) return { kind: 'busy' };
    const person = { ...before, told: [...before.told, ...(lease?.intended ?? [])] };
    const left = [...(lease?.intended ?? []), ...intended];
    items.set(key, { person: before, lease: { untilMs: now() + wordLeaseMs, intended: left } });
    return { kind: 'leased', person };
  };
  const words: Words = {
    async lease(intended) {
      return new Map([...intended].map(([key, intents]) => [key, leaseOne(key, intents)]));
    },
    async save(people) {
      if (saveError !== undefined) throw saveError;
      for (const [key, person] of people) items.set(key, { person });
    },
  };
  return {
    words,
    items,
    /** From now on, until it is called without an error. */
    failSaving(error?: Error) {
      saveError = error;
    },
  };
};
