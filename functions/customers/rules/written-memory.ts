/** What is remembered of a profile once it is written, and the list jobs that come of it. */

import type { Profile } from '../../../shared/klaviyo/index.ts';
import type {
  Identifier,
  ProfileCustomer,
  ProfileLink,
} from '../../../shared/people/contract/customer-memory.ts';
import { identifiers } from '../../../shared/people/contract/customer-memory.ts';
import {
  laterVersions,
  pathHashOf,
  readVersions,
  writeVersions,
} from '../../../shared/people/contract/field-versions.ts';
import { withFieldsSent } from '../../../shared/people/contract/known-fields.ts';
import type { WithheldIdentifier } from '../../../shared/people/tell-withheld.ts';
import { customerIn, type FieldOrder } from './field-order.ts';
import { type FanOut, fanOut } from './list-jobs.ts';
import { without } from './profile-fields.ts';
import type { CustomerStatements } from './statements.ts';

export const withCustomer = (link: ProfileLink, customer: ProfileCustomer): ProfileLink => {
  const others = link.customers.filter(({ customerId }) => customerId !== customer.customerId);
  return { ...link, customers: [...others, customer] };
};

export const withoutCustomer = (link: ProfileLink, customerId: string): ProfileLink => ({
  ...link,
  customers: link.customers.filter((one) => one.customerId !== customerId),
});

/** Of the memory of another profile of the customer's only what is no matter of that profile. */
export const movedTo = (
  link: ProfileLink,
  customerId: string,
  old: ProfileLink | undefined,
): ProfileLink => {
  if (old === undefined || link.customers.some((one) => one.customerId === customerId)) return link;
  const { subscribe } = customerIn(old, customerId);
  return withCustomer(link, { customerId, identifiers: {}, subscribe });
};

/** Two profiles have become one: what was said of both counts, but whose addresses it has is open. */
export const mergedInto = (
  link: ProfileLink,
  customerId: string,
  old: ProfileLink | undefined,
): ProfileLink => {
  if (old === undefined) return link;
  const moved = new Map(readVersions(old.fieldVersions));
  for (const name of identifiers) moved.delete(pathHashOf(name));
  const known = link.customers.find((one) => one.customerId === customerId);
  return {
    ...withCustomer(link, known ?? customerIn(old, customerId)),
    fieldVersions: writeVersions(laterVersions(readVersions(link.fieldVersions), moved)),
  };
};

export interface Written {
  readonly profileId: string;
  /** What was remembered before. */
  readonly link: ProfileLink;
  readonly order: FieldOrder;
  readonly result: {
    /** As Klaviyo shows it now; undefined where nothing was written. */
    readonly profile: Profile | undefined;
    readonly withheld: readonly WithheldIdentifier[];
  };
}

/** By what was written, and what was there already, the poll tells an echo from a change in Klaviyo. */
const writeOf = (
  { link, order, result: { profile } }: Written,
  withheld: readonly Identifier[],
  nowMs: number,
): Partial<ProfileLink> => {
  if (profile === undefined) return {};
  const { updated } = profile.attributes;
  const updatedMs = Date.parse(updated ?? '');
  const sent = without(order.shared, withheld);
  const atMs = Number.isNaN(updatedMs) ? nowMs : updatedMs;
  return {
    fieldsSent: withFieldsSent(link.fieldsSent, sent, atMs),
    ...(updated ? { ownUpdatedAt: updated } : {}),
    seenAtMs: nowMs,
  };
};

/** Remembered with `subscribe` as it was, the jobs ask for the same list jobs again. */
export const toMemory = (
  { customerId, jobs }: CustomerStatements,
  written: Written,
  nowMs: number,
): FanOut & { readonly memory: (subscribe: ProfileCustomer['subscribe']) => ProfileLink } => {
  const { profileId, link, order, result } = written;
  const withheld = [...result.withheld.map(({ identifier }) => identifier), ...order.reserved];
  const remembered = order.remember(withheld);
  const customer = { ...customerIn(link, customerId), identifiers: remembered.identifiers };
  const fan = fanOut(jobs, {
    profileId,
    customer,
    withheld,
    has: (identifier, value) => order.has(identifier, value, withheld),
  });
  const memory = (subscribe: ProfileCustomer['subscribe']) => ({
    ...withCustomer(link, { ...customer, subscribe }),
    fieldVersions: remembered.fieldVersions,
    ...writeOf(written, withheld, nowMs),
  });
  return { ...fan, memory };
};
