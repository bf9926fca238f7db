import type { DecisionLease, Decisions } from '../../functions/lists/lease-decisions.ts';
import type { PersonDecisions, ToldConsent } from '../../shared/people/contract/list-decisions.ts';

interface Item {
  readonly person: PersonDecisions;
  readonly lease?: { readonly untilMs: number; readonly intended: readonly ToldConsent[] };
}

/** Last decisions in memory, with leases as the table keeps them. */
export const createMemoryDecisions = (now: () => number, decisionLeaseMs = 120_000) => {
  const items = new Map<string, Item>();
  let saveError: Error | undefined;
  const leaseOne = (key: string, intended: readonly ToldConsent[]): DecisionLease => {
    const { person: before, lease } = items.get(key) ?? { person: { decisions: [], told: [] } };
    if (lease !== undefined && lease.untilMs >= now()) return { kind: 'busy' };
    const person = { ...before, told: [...before.told, ...(lease?.intended ?? [])] };
    const left = [...(lease?.intended ?? []), ...intended];
    items.set(key, { person: before, lease: { untilMs: now() + decisionLeaseMs, intended: left } });
    return { kind: 'leased', person };
  };
  const decisions: Decisions = {
    async lease(intended) {
      return new Map([...intended].map(([key, intents]) => [key, leaseOne(key, intents)]));
    },
    async save(people) {
      if (saveError !== undefined) throw saveError;
      for (const [key, person] of people) items.set(key, { person });
    },
  };
  return {
    decisions,
    items,
    /** From now on, until it is called without an error. */
    failSaving(error?: Error) {
      saveError = error;
    },
  };
};
