/** A customer whose profile is known: changed where there is news, under the profile's lease. */
import type { ProfileLink } from '../../shared/people/contract/customer-memory.ts';
import { contentHashOf } from '../../shared/people/contract/links.ts';
import { LeasedError, type Leases, withLeases } from './leases.ts';
import { orderFields } from './rules/field-order.ts';
import { areSame } from './rules/withheld.ts';
import type { Written } from './rules/written-memory.ts';
import {
  addressesOf,
  type CustomerWrite,
  type JobOutcomes,
  outcomesOf,
  type Turn,
} from './turn.ts';

const nothingWritten = { profile: undefined, withheld: [] };

export const createWriteLinked = ({ memory, sendLists, withhold }: CustomerWrite) => {
  /** The lease of a profile that the customer is linked to, also now. */
  const leaseOf = async (
    { memoryKey, stated: { customerId } }: Turn,
    profileId: string,
    leases: Leases,
  ) => {
    const lease = await leases.profile(profileId);
    if (lease.link.customers.some((one) => one.customerId === customerId)) return lease;
    // No link moves away from a profile that is leased: what is read now holds.
    const now = (await memory.readCustomers(memoryKey, [customerId])).get(customerId);
    if (now?.profileId !== profileId) throw new LeasedError();
    return lease;
  };

  const keepWithheld = async (turn: Turn, written: Written): Promise<void> => {
    const { memoryKey, stated, link } = turn;
    const withheld = withhold(turn, written);
    if (!areSame(link.withheld ?? [], withheld))
      await memory.saveWithheld(memoryKey, stated.customerId, written.profileId, withheld);
  };

  /** Without a call: undefined where there is something to be written, or somebody writes. */
  const amend = async (
    turn: Turn,
    profileId: string,
    link: ProfileLink,
  ): Promise<JobOutcomes | undefined> => {
    const { memoryKey, stated } = turn;
    const order = orderFields(stated.customerId, stated.statements, link);
    if (Object.keys(order.attributes).length > 0) return undefined;
    const written = { profileId, link, order, result: nothingWritten };
    const { memory: next, isSubscribed, failure } = await sendLists(turn, written);
    const isAmended =
      contentHashOf(next) === contentHashOf(link) ||
      (await memory.amendProfile(memoryKey, profileId, link, next));
    if (!isAmended) return undefined;
    await keepWithheld(turn, written);
    if (failure !== undefined) throw failure;
    return outcomesOf(turn, written, isSubscribed);
  };

  const write = (turn: Turn, profileId: string): Promise<JobOutcomes | 'gone'> =>
    withLeases(memory, turn.memoryKey, async (leases) => {
      const { memoryKey, stated, profiles } = turn;
      const { owner, link } = await leaseOf(turn, profileId, leases);
      const order = orderFields(stated.customerId, stated.statements, link);
      const result = await profiles.update(profileId, order.attributes);
      if (result.kind === 'gone') return 'gone';
      const written = { profileId, link, order, result };
      const { memory: next, isSubscribed, failure } = await sendLists(turn, written);
      const { email, phone_number } = order.attributes;
      const { email: hasEmail, phoneNumber } = addressesOf(turn, written);
      await memory.saveAddresses(memoryKey, stated.customerId, profileId, {
        email: email ? hasEmail : undefined,
        phoneNumber: phone_number ? phoneNumber : undefined,
      });
      if (!(await memory.saveProfile(memoryKey, profileId, owner, next))) throw new LeasedError();
      leases.ended(owner);
      await keepWithheld(turn, written);
      if (failure !== undefined) throw failure;
      return outcomesOf(turn, written, result.profile !== undefined || isSubscribed);
    });

  /** Resolves to `gone` where Klaviyo has no such profile any more. */
  return async (
    turn: Turn,
    profileId: string,
    link: ProfileLink | undefined,
  ): Promise<JobOutcomes | 'gone'> => {
    const isRemembered = link?.customers.some((one) => one.customerId === turn.stated.customerId);
    const amended = link && isRemembered ? await amend(turn, profileId, link) : undefined;
    return amended ?? (await write(turn, profileId));
  };
};
