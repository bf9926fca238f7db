import type { WordLease, Words } from '../../functions/lists/update-lists.ts';
import type { ListWord } from '../../shared/contracts/lists.ts';

/** Last words in memory, with leases as the table keeps them. */
export const createMemoryWords = (now: () => number, leaseMs = 120_000) => {
  const items = new Map<string, { words: readonly ListWord[]; leaseUntilMs?: number }>();
  let saveError: Error | undefined;
  const leaseOne = (key: string): WordLease => {
    const item = items.get(key) ?? { words: [] };
    if (item.leaseUntilMs !== undefined && item.leaseUntilMs >= now()) return { kind: 'busy' };
    items.set(key, { ...item, leaseUntilMs: now() + leaseMs });
    return { kind: 'leased', words: item.words };
  };
  const words: Words = {
    async lease(keys) {
      return new Map([...new Set(keys)].map((key) => [key, leaseOne(key)]));
    },
    async save(saved) {
      if (saveError !== undefined) throw saveError;
      for (const [key, said] of saved) items.set(key, { words: said });
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
