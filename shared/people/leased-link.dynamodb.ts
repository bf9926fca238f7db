/** The leases on the links of customers and profiles, and what their owners may do. */
import { randomUUID } from 'node:crypto';
import { endOfLease, lease } from '../platform/lease.dynamodb.ts';
import type { StoredItem } from '../platform/stored-item.dynamodb.ts';
import {
  type Change,
  type Condition,
  type Table,
  together,
  updateIf,
} from '../platform/table.dynamodb.ts';

/** Longer than a function runs: who holds it past this is gone. */
const linkLeaseMs = 70_000;

/** That an attribute is as given; `undefined`: not there. */
export const isAsGiven = (name: string, value: unknown): Condition => ({
  when: value === undefined ? `attribute_not_exists(${name})` : `${name} = :${name}`,
  values: { [`:${name}`]: value },
});

/** That the lease is the owner's, or that the owner has saved already. */
export const ownedBy = (owner: string): Condition => ({
  when: 'leaseOwner = :owner OR savedBy = :owner',
  values: { ':owner': owner },
});

/** Undefined where somebody else has the lease, or a further condition does not hold. */
export const leaseLink = async (
  table: Table,
  pk: string,
  nowMs: number,
  ...conditions: readonly Change[]
): Promise<{ readonly owner: string; readonly item: StoredItem } | undefined> => {
  const owner = randomUUID();
  const taking = together(lease({ owner, nowMs, forMs: linkLeaseMs }), ...conditions);
  const item = await updateIf(table, { pk }, taking, 'ALL_NEW');
  return item && { owner, item };
};

/** Ends the lease and leaves all as it is. */
export const releaseLink = async (table: Table, pk: string, owner: string): Promise<void> => {
  await updateIf(table, { pk }, endOfLease(owner));
};
