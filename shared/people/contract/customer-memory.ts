/**
 * What is remembered of customers and of their profiles, in the links table. The memory of what was
 * written belongs to the profile: two customers with one e-mail address are one profile.
 */
import * as z from 'zod';
import { storedTime, storedVersions } from './field-versions.ts';

export const identifiers = ['email', 'phone_number', 'external_id'] as const;

/** Klaviyo's name of an identifier. */
export type Identifier = (typeof identifiers)[number];

/** An identifier that the customer has and the profile has not. See shared/people/tell-withheld.ts. */
const withheldSince = z.object({
  identifier: z.enum(identifiers),
  reason: z.enum(['taken', 'refused', 'left_out', 'unreadable']),
  /** Epoch milliseconds. */
  sinceMs: z.number(),
});

/** A customer's own item: whose profile it is, and what Klaviyo's profile lacks. */
export const customerLink = z.object({
  profileId: z.string().optional(),
  /** The one that is gone, where the link was forgotten: what the customer has said is still there. */
  formerProfileId: z.string().optional(),
  /** Epoch milliseconds at which the link was made, with a profile that was there. */
  seenAtMs: z.number().optional(),
  withheld: z.array(withheldSince).optional(),
});

/** What a customer said last about being subscribed. */
const subscribeState = z.object({ ...storedTime, on: z.boolean() });

/** `any`: said when no address of the customer was known. */
export const subscribeKeys = ['email', 'sms', 'any'] as const;

/** One of a profile's customers: what this one has said, whatever the others say. */
const profileCustomer = z.object({
  customerId: z.string(),
  /** Hashes of the identifiers last said, by Klaviyo's name: said again, they are no news. */
  identifiers: z.partialRecord(z.enum(identifiers), z.string()).default({}),
  subscribe: z.partialRecord(z.enum(subscribeKeys), subscribeState).default({}),
});

/** A profile's item: whose it is, and what was written to it. */
export const profileLink = z.object({
  customers: z.array(profileCustomer).default([]),
  /** Its external id is of somebody whom this connection does not know: it stays. */
  foreignExternalId: z.boolean().optional(),
  /** Of what was said of it. */
  fieldVersions: storedVersions.default([]),
  /** What was written, by which the poll knows its echo: see known-fields.ts. */
  fieldsSent: z.string().optional(),
  /** Klaviyo's `updated` stamp of our own last write. */
  ownUpdatedAt: z.string().optional(),
  /** Epoch milliseconds at which the profile last answered to a write. */
  seenAtMs: z.number().optional(),
  /** Names the write that left the item as it is. */
  savedBy: z.string().optional(),
});

export type WithheldSince = z.output<typeof withheldSince>;
export type CustomerLink = z.output<typeof customerLink>;
export type SubscribeKey = (typeof subscribeKeys)[number];
export type ProfileCustomer = z.output<typeof profileCustomer>;
export type ProfileLink = z.output<typeof profileLink>;

/** A profile of nobody. */
export const noProfileLink: ProfileLink = { customers: [], fieldVersions: [] };

/** The right to write a profile, until it is saved, released, or has expired. */
export interface ProfileLease {
  readonly owner: string;
  readonly link: ProfileLink;
}

export interface Addresses {
  readonly email?: string | undefined;
  readonly phoneNumber?: string | undefined;
}

/** What is remembered of customers: whoever links one, or moves the link, holds a lease on it. */
export interface CustomerLinks {
  /** By customer id; customers that are not known are left out. */
  readCustomers(
    memoryKey: string,
    customerIds: readonly string[],
  ): Promise<ReadonlyMap<string, CustomerLink>>;
  /** Resolves to the lease's owner; undefined where somebody has it, or the link is another. */
  leaseCustomer(
    memoryKey: string,
    customerId: string,
    profileId: string | undefined,
  ): Promise<string | undefined>;
  /** The links by which lists and the poll find a customer again. */
  saveAddresses(
    memoryKey: string,
    customerId: string,
    profileId: string,
    addresses: Addresses,
  ): Promise<void>;
  /** Links the customer and ends the lease; false where it was lost. */
  saveCustomer(
    memoryKey: string,
    customerId: string,
    owner: string,
    link: CustomerLink,
  ): Promise<boolean>;
  /** Replaces what is withheld of a linked customer, unless the link has moved meanwhile. */
  saveWithheld(
    memoryKey: string,
    customerId: string,
    profileId: string,
    withheld: readonly WithheldSince[],
  ): Promise<void>;
  releaseCustomer(memoryKey: string, customerId: string, owner: string): Promise<void>;
}

/** What is remembered of profiles: whoever writes one holds its lease. */
export interface ProfileLinks {
  readProfiles(
    memoryKey: string,
    profileIds: readonly string[],
  ): Promise<ReadonlyMap<string, ProfileLink>>;
  /** Undefined where somebody else has it. */
  leaseProfile(memoryKey: string, profileId: string): Promise<ProfileLease | undefined>;
  /** Remembers a write and ends the lease; false where it was lost. */
  saveProfile(
    memoryKey: string,
    profileId: string,
    owner: string,
    link: ProfileLink,
  ): Promise<boolean>;
  /** Remembers a profile that was made just now; false where somebody has found it already. */
  addProfile(memoryKey: string, profileId: string, link: ProfileLink): Promise<boolean>;
  /** Changes what is remembered without a lease; false where it is no longer as `before`. */
  amendProfile(
    memoryKey: string,
    profileId: string,
    before: ProfileLink,
    link: ProfileLink,
  ): Promise<boolean>;
  /** Ends the lease and leaves all as it is. */
  releaseProfile(memoryKey: string, profileId: string, lease: ProfileLease): Promise<void>;
}

/**
 * What is remembered, for one writer at a time. Whoever links a customer, or moves the link, holds
 * the customer's lease and those of both profiles.
 */
export interface CustomerMemory extends CustomerLinks, ProfileLinks {}
