/** Whose profile is it? The rules of docs/decisions/0022-identity.md. */

import type { ProfileAttributes } from '../../../shared/klaviyo/index.ts';
import { type Identifier, identifiers } from '../../../shared/people/contract/customer-memory.ts';

/** What a profile, or a customer, is known by. */
export type Identity = Pick<ProfileAttributes, Identifier>;

const normal = (name: Identifier, value: string): string =>
  name === 'email' ? value.trim().toLowerCase() : value;

export const isSame = (name: Identifier, one: Identity, other: Identity): boolean => {
  const [first, second] = [one[name], other[name]];
  return Boolean(first && second && normal(name, first) === normal(name, second));
};

/** The identifiers that there are. */
export const present = (identity: Identity): Identifier[] =>
  identifiers.filter((name) => identity[name] !== undefined && identity[name] !== null);

/** A person of this customer's is the strongest first; a phone number is weak: it may be shared. */
export const byStrength = ['external_id', 'email', 'phone_number'] as const;

/** By what the profile is the customer's, if by anything. */
export const strongestMatch = (profile: Identity, customer: Identity): Identifier | undefined =>
  byStrength.find((name) => isSame(name, profile, customer));

/**
 * Whether a profile that has nothing of the customer's but the phone number may be the customer's:
 * nothing speaks against it, or it is a number and no more.
 */
export const mayMatchByPhone = (
  profile: Identity,
  customer: Identity & { readonly hasEmail: boolean },
): boolean => {
  const isOfNobodyElse = !profile.external_id || isSame('external_id', profile, customer);
  return (!customer.hasEmail && isOfNobodyElse) || (!profile.email && !profile.external_id);
};
