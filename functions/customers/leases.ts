/** The leases of one write: taken one by one, each ended by a save, or given back together. */

import { KlaviyoUnreachableError } from '../../shared/klaviyo/index.ts';
import type { CustomerMemory, ProfileLease } from '../../shared/people/contract/customer-memory.ts';

/** Another instance is writing the same customer or profile: it will be done soon. */
export class LeasedError extends Error {
  override readonly name = 'LeasedError';
}

export interface Leases {
  /** @throws LeasedError where somebody has it, or the customer is linked elsewhere. */
  customer(customerId: string, profileId: string | undefined): Promise<string>;
  /** @throws LeasedError where somebody has it. */
  profile(profileId: string): Promise<ProfileLease>;
  /** It was saved, and its lease is over. */
  ended(owner: string): void;
}

/** Then leases are left to run out: a newer write must not come before the one that is on its way. */
const mayStillHappen = (error: unknown): boolean =>
  error instanceof KlaviyoUnreachableError && error.mayStillHappen;

/** Does the work under leases, and gives back those that it has not ended by saving. */
export const withLeases = async <T>(
  memory: CustomerMemory,
  memoryKey: string,
  work: (leases: Leases) => Promise<T>,
): Promise<T> => {
  const held = new Map<string, () => Promise<void>>();
  const giveBack = async () => {
    // What cannot be given back runs out by itself.
    await Promise.all([...held.values()].map((release) => release().catch(() => undefined)));
  };
  const leases: Leases = {
    async customer(customerId, profileId) {
      const owner = await memory.leaseCustomer(memoryKey, customerId, profileId);
      if (owner === undefined) throw new LeasedError();
      held.set(owner, () => memory.releaseCustomer(memoryKey, customerId, owner));
      return owner;
    },
    async profile(profileId) {
      const lease = await memory.leaseProfile(memoryKey, profileId);
      if (lease === undefined) throw new LeasedError();
      held.set(lease.owner, () => memory.releaseProfile(memoryKey, profileId, lease));
      return lease;
    },
    ended: (owner) => void held.delete(owner),
  };
  try {
    const result = await work(leases);
    await giveBack();
    return result;
  } catch (error) {
    if (!mayStillHappen(error)) await giveBack();
    throw error;
  }
};
