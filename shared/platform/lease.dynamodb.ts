/**
 * Leases: for a while an item is one owner's, who is gone when the time is over. They stand on the
 * item itself, as its attributes `leaseOwner` and `leaseUntilMs`.
 */
import type { Change, Condition } from './table.dynamodb.ts';

/** That nobody has a lease on the item at `:now`. */
export const notLeased = '(attribute_not_exists(leaseUntilMs) OR leaseUntilMs <= :now)';

export interface LeaseOptions {
  readonly owner: string;
  readonly nowMs: number;
  readonly forMs: number;
  /** @default leaseUntilMs */
  readonly until?: string;
}

/**
 * Takes the lease where nobody else has it. The owner's own name will do as well: the SDK repeats a
 * request whose answer was lost.
 */
export const lease = ({ owner, nowMs, forMs, until = 'leaseUntilMs' }: LeaseOptions): Change => ({
  set: `leaseOwner = :owner, ${until} = :until`,
  when: `attribute_not_exists(${until}) OR ${until} <= :now OR leaseOwner = :owner`,
  values: { ':owner': owner, ':until': nowMs + forMs, ':now': nowMs },
});

/** That the lease is still the owner's. */
export const leasedBy = (owner: string): Condition => ({
  when: 'leaseOwner = :owner',
  values: { ':owner': owner },
});

/** Ends the owner's lease, and leaves all else as it is. */
export const endOfLease = (owner: string): Change => ({
  remove: 'leaseOwner, leaseUntilMs',
  ...leasedBy(owner),
});
