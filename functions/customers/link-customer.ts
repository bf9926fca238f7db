/** A customer without a profile, or whose profile is gone or another: found or made, and linked. */
import {
  noProfileLink,
  type ProfileLease,
  type ProfileLink,
} from '../../shared/people/contract/customer-memory.ts';
import { valueHashOf } from '../../shared/people/contract/field-versions.ts';
import { LeasedError, type Leases, withLeases } from './leases.ts';
import type { FoundProfile, NewProfile, WrittenProfile } from './requests/write-profile.ts';
import { customerIn, orderFields } from './rules/field-order.ts';
import { type Identity, isSame } from './rules/identity.ts';
import { without } from './rules/profile-fields.ts';
import { mergedInto, movedTo, type Written, withoutCustomer } from './rules/written-memory.ts';
import {
  addressesOf,
  type CustomerWrite,
  type JobOutcomes,
  type ListJobsSent,
  outcomesOf,
  type Turn,
} from './turn.ts';

/** The profile that the customer has from now on; without a lease where it was made just now. */
interface Linked extends Written {
  readonly lease?: ProfileLease | undefined;
}

/** Whether the external id of a profile is of nobody whom this connection knows. */
const isForeign = ({ customers }: ProfileLink, profile: Identity, customer: Identity): boolean => {
  const { external_id: externalId } = profile;
  if (!externalId || isSame('external_id', profile, customer)) return false;
  const hash = valueHashOf('external_id', externalId);
  return customers.every(({ identifiers }) => identifiers.external_id !== hash);
};

export const createLinkCustomer = ({ memory, sendLists, withhold, now }: CustomerWrite) => {
  /** One profile that the source names, or into which the customer's own went. */
  const moveTo = async (
    { stated, sight, profiles }: Turn,
    profileId: string,
    old: ProfileLease | undefined,
    leases: Leases,
  ): Promise<Linked | undefined> => {
    const lease = await leases.profile(profileId);
    const carry = sight.kind === 'merged' ? mergedInto : movedTo;
    const link = carry(lease.link, stated.customerId, old?.link);
    const order = orderFields(stated.customerId, stated.statements, link);
    const result = await profiles.update(profileId, order.attributes);
    return result.kind === 'gone' ? undefined : { profileId, link, order, result, lease };
  };

  /** A profile that was found by the customer's own identifiers: all but these are written to it. */
  const adopt = async (
    { stated, profiles }: Turn,
    { profile, withheld }: FoundProfile,
    lease: ProfileLease,
    customer: Identity,
    old: ProfileLease | undefined,
  ): Promise<Linked> => {
    const moved = movedTo(lease.link, stated.customerId, old?.link);
    const foreignExternalId = isForeign(moved, profile.attributes, customer);
    const link = foreignExternalId ? { ...moved, foreignExternalId } : moved;
    const order = orderFields(stated.customerId, stated.statements, link, profile.attributes);
    const refused = withheld.map(({ identifier }) => identifier);
    const result = await profiles.update(profile.id, without(order.attributes, refused));
    if (result.kind === 'gone') throw new LeasedError(); // it was there a moment ago: once more
    const both = [...withheld, ...result.withheld];
    return { profileId: profile.id, link, order, lease, result: { ...result, withheld: both } };
  };

  /** By a phone number alone a profile is the customer's only while it is nobody else's. */
  const isTakenByPhone = ({ by }: FoundProfile, { link }: ProfileLease, customerId: string) =>
    by === 'phone_number' && link.customers.some((one) => one.customerId !== customerId);

  const findOrMake = async (
    turn: Turn,
    old: ProfileLease | undefined,
    leases: Leases,
  ): Promise<Linked> => {
    const { stated, profiles, link } = turn;
    const empty = movedTo(noProfileLink, stated.customerId, old?.link);
    const order = orderFields(stated.customerId, stated.statements, empty);
    const { attributes } = order;
    const knownBefore = old && customerIn(old.link, stated.customerId).identifiers.email;
    const hasEmail = Boolean(attributes.email ?? knownBefore);
    const tryWith = async (wanted: NewProfile): Promise<Linked> => {
      const made: WrittenProfile | FoundProfile = await profiles.create(wanted);
      if (made.kind === 'written' && made.profile !== undefined)
        return { profileId: made.profile.id, link: empty, order, result: made };
      if (made.kind === 'written') throw new LeasedError();
      const isOld = made.profile.id === (link.profileId ?? link.formerProfileId);
      const lease = isOld && old ? old : await leases.profile(made.profile.id);
      if (!isTakenByPhone(made, lease, stated.customerId))
        return adopt(turn, made, lease, attributes, isOld ? undefined : old);
      const withheld = [...made.withheld, { identifier: 'phone_number', reason: 'taken' } as const];
      const left = without(wanted.attributes, ['phone_number']);
      return tryWith({ attributes: left, hasEmail, withheld });
    };
    return tryWith({ attributes, hasEmail, withheld: [] });
  };

  /** First the profile, last the customer: until then, whoever comes next finds the same again. */
  const save = async (turn: Turn, linked: Linked, leases: Leases): Promise<ListJobsSent> => {
    const { memoryKey, stated } = turn;
    const { customerId } = stated;
    const { profileId, lease } = linked;
    const sent = await sendLists(turn, linked);
    const next = sent.memory;
    const isSaved = lease
      ? await memory.saveProfile(memoryKey, profileId, lease.owner, next)
      : await memory.addProfile(memoryKey, profileId, next);
    if (!isSaved) throw new LeasedError();
    if (lease) leases.ended(lease.owner);
    await memory.saveAddresses(memoryKey, customerId, profileId, addressesOf(turn, linked));
    return sent;
  };

  return (turn: Turn): Promise<JobOutcomes> =>
    withLeases(memory, turn.memoryKey, async (leases) => {
      const { memoryKey, stated, link, sight } = turn;
      const { customerId } = stated;
      const owner = await leases.customer(customerId, link.profileId);
      const oldId = link.profileId ?? link.formerProfileId;
      const old = oldId === undefined ? undefined : await leases.profile(oldId);
      const known =
        'profileId' in sight ? await moveTo(turn, sight.profileId, old, leases) : undefined;
      const linked = known ?? (await findOrMake(turn, old, leases));
      const { profileId } = linked;
      const { failure } = await save(turn, linked, leases);
      if (old && oldId !== undefined && oldId !== profileId) {
        const left = withoutCustomer(old.link, customerId);
        await memory.saveProfile(memoryKey, oldId, old.owner, left);
        leases.ended(old.owner);
      }
      const withheld = withhold(turn, linked);
      const saved = { profileId, seenAtMs: now(), withheld };
      if (!(await memory.saveCustomer(memoryKey, customerId, owner, saved)))
        throw new LeasedError();
      leases.ended(owner);
      if (failure !== undefined) throw failure;
      return outcomesOf(turn, linked, true);
    });
};
