/** Whose profile it is: by the link, else by e-mail, else by phone, as the bridge last wrote them. */

import type { CustomerChanged } from '../../shared/jobs/contract/messages.ts';
import type { Profile } from '../../shared/klaviyo/index.ts';
import type { AddressLink } from '../../shared/people/contract/links.ts';
import { linkKeys } from '../../shared/platform/contract/tables.ts';

export type Match = NonNullable<CustomerChanged['match']>;

export interface MatchCustomersOptions {
  /** Whose addresses these are, by their keys in the links table; the unknown are left out. */
  readonly findAddresses: (keys: readonly string[]) => Promise<ReadonlyMap<string, AddressLink>>;
}

export interface ProfileToMatch {
  readonly profile: Profile;
  /** The customers that the profile is linked to. */
  readonly customerIds: readonly string[];
}

/** Matches by profile id; profiles of nobody that is known are left out. */
export type MatchCustomers = (
  memoryKey: string,
  profiles: readonly ProfileToMatch[],
) => Promise<ReadonlyMap<string, Match>>;

interface Address {
  readonly by: 'email' | 'phone';
  readonly key: string;
}

/** The keys under which the addresses of a profile may be known, in the order in which they count. */
export const addressesOf = (memoryKey: string, { attributes }: Profile): Address[] => {
  const { email, phone_number: phoneNumber } = attributes;
  return [
    ...(email ? [{ by: 'email' as const, key: linkKeys.email(memoryKey, email) }] : []),
    ...(phoneNumber ? [{ by: 'phone' as const, key: linkKeys.phone(memoryKey, phoneNumber) }] : []),
  ];
};

export const createMatchCustomers =
  ({ findAddresses }: MatchCustomersOptions): MatchCustomers =>
  async (memoryKey, profiles) => {
    const matches = new Map<string, Match>();
    const unlinked = new Map<string, readonly Address[]>();
    for (const { profile, customerIds } of profiles) {
      const [customerId, ...others] = customerIds;
      const several = others.length > 0 && { customerIds: [...customerIds] };
      if (customerId !== undefined) matches.set(profile.id, { customerId, ...several, by: 'link' });
      else unlinked.set(profile.id, addressesOf(memoryKey, profile));
    }
    const keys = [...new Set([...unlinked.values()].flat().map(({ key }) => key))];
    const known = keys.length === 0 ? new Map() : await findAddresses(keys);
    for (const [profileId, addresses] of unlinked) {
      const address = addresses.find(({ key }) => known.has(key));
      const customerId = address && known.get(address.key)?.customerId;
      if (address && customerId) matches.set(profileId, { customerId, by: address.by });
    }
    return matches;
  };
