/** The decisions about people and lists in DynamoDB, each person's for one writer at a time. */
import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import { writeItems } from '../platform/batch-requests.dynamodb.ts';
import { inParallel } from '../platform/in-parallel.ts';
import { lease } from '../platform/lease.dynamodb.ts';
import { parseItem } from '../platform/stored-item.dynamodb.ts';
import { type Table, together, updateIf } from '../platform/table.dynamodb.ts';
import {
  type PersonDecisions,
  personDecisions,
  type ToldConsent,
  toldConsent,
} from './contract/list-decisions.ts';

/** What came of asking for the decisions under a key. */
type DecisionLease =
  /** Nobody else has them until they are saved. */
  | { readonly kind: 'leased'; readonly person: PersonDecisions }
  | { readonly kind: 'busy' }
  | { readonly kind: 'failed'; readonly error: unknown };

export interface DecisionStore {
  /**
   * Takes the decisions under each of the keys for the caller alone, where nobody else has them. What
   * the caller intends to tell Klaviyo counts as told if it is never saved.
   */
  lease(
    intended: ReadonlyMap<string, readonly ToldConsent[]>,
  ): Promise<ReadonlyMap<string, DecisionLease>>;
  /** Remembers the decisions under leased keys, and ends their leases. */
  save(people: ReadonlyMap<string, PersonDecisions>): Promise<void>;
}

/**
 * Twice as long as a function runs: who has a lease past this is gone, and what it sent last is no
 * longer pending at Klaviyo. What is saved needs no condition: within its lease an item has one writer.
 */
const decisionLeaseMs = 120_000;
/** Longer than a job or a dead letter lives in SQS: whatever is older comes no more. */
const keptForMs = 30 * 24 * 3_600_000;
/** Fewer than the SDK's 50 connections, which other requests need as well. */
const leasesAtOnce = 40;

/** `intended` is left of leases that ran out: their owners may have told Klaviyo, and died. */
const item = personDecisions.extend({ intended: z.array(toldConsent).default([]) });

export const createDecisionStore = ({
  now = Date.now,
  ...table
}: Table & { readonly now?: () => number }): DecisionStore => {
  const expiresAt = () => Math.floor((now() + keptForMs) / 1_000);

  const leaseOne = async (
    pk: string,
    owner: string,
    intended: readonly ToldConsent[],
  ): Promise<DecisionLease> => {
    const change = together(lease({ owner, nowMs: now(), forMs: decisionLeaseMs }), {
      set: 'expiresAt = :expiresAt, intended = list_append(if_not_exists(intended, :none), :intended)',
      values: { ':expiresAt': expiresAt(), ':intended': intended, ':none': [] },
    });
    try {
      const before = await updateIf(table, { pk }, change, 'ALL_OLD');
      if (before === undefined) return { kind: 'busy' };
      const { decisions, told, intended: left } = parseItem(item, before, 'the stored decisions');
      return { kind: 'leased', person: { decisions, told: [...told, ...left] } };
    } catch (error) {
      return { kind: 'failed', error };
    }
  };

  return {
    async lease(intended) {
      const owner = randomUUID();
      const leases = new Map<string, DecisionLease>();
      await inParallel([...intended], leasesAtOnce, async ([key, intents]) => {
        leases.set(key, await leaseOne(key, owner, intents));
      });
      return leases;
    },

    save: (people) =>
      writeItems(
        table,
        [...people].map(([pk, person]) => ({ pk, ...person, expiresAt: expiresAt() })),
      ),
  };
};
