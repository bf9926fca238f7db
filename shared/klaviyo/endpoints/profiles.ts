import * as z from 'zod';
import { defineEndpoint } from '../endpoint.ts';
import { one, page } from '../json-api.ts';

const text = z.string().nullish();

/** What a profile write may carry. `null` clears, absence leaves alone. */
export const profileAttributes = z.strictObject({
  email: text,
  phone_number: text,
  external_id: text,
  first_name: text,
  last_name: text,
  organization: text,
  title: text,
  image: text,
  location: z
    .strictObject({
      address1: text,
      address2: text,
      city: text,
      country: text,
      region: text,
      zip: text,
      timezone: text,
      ip: text,
      latitude: z.union([z.number(), z.string()]).nullish(),
      longitude: z.union([z.number(), z.string()]).nullish(),
    })
    .optional(),
  properties: z.record(z.string(), z.unknown()).nullish(),
});

export type ProfileAttributes = z.output<typeof profileAttributes>;

/** One odd profile must not make a whole page unreadable. */
const shownText = text.catch(null);
const shownRecord = z.record(z.string(), z.unknown()).nullish().catch(null);

/** A profile as Klaviyo shows it. Attributes that this module does not name are kept. */
export const profile = z.object({
  id: z.string().min(1),
  attributes: z.looseObject({
    email: shownText,
    phone_number: shownText,
    external_id: shownText,
    updated: shownText,
    properties: shownRecord,
    subscriptions: shownRecord,
  }),
});

export type Profile = z.output<typeof profile>;

const additionalFields = z.array(z.enum(['subscriptions', 'predictive_analytics'])).optional();
const profileSort = z.enum(['created', '-created', 'updated', '-updated', 'id', '-id']);

const read = {
  method: 'GET',
  tier: 'L',
  scopes: ['profiles:read'],
  safeToRetry: true,
} as const;

/** One profile, with its subscriptions and predictive analytics where asked for. */
export const getProfile = defineEndpoint({
  ...read,
  path: '/api/profiles/{id}',
  input: z.strictObject({ id: z.string().min(1), additionalFields }),
  toWire: ({ id, additionalFields }) => ({
    path: { id },
    query: { 'additional-fields[profile]': additionalFields?.join(',') },
  }),
  output: one(profile),
});

const listInput = z.strictObject({
  filter: z.string().optional(),
  sort: profileSort.optional(),
  pageSize: z.int().min(1).max(100).optional(),
  cursor: z.string().optional(),
  subscriptions: z.boolean().optional(),
});

const listQuery = (input: z.output<typeof listInput>, fields: readonly string[]) => ({
  query: {
    filter: input.filter,
    sort: input.sort,
    'page[size]': input.pageSize?.toString(),
    'page[cursor]': input.cursor,
    'additional-fields[profile]': fields.length > 0 ? fields.join(',') : undefined,
  },
});

/** Profiles by filter, 100 a page at most. */
export const getProfiles = defineEndpoint({
  ...read,
  path: '/api/profiles',
  input: listInput,
  toWire: (input) => listQuery(input, input.subscriptions ? ['subscriptions'] : []),
  output: page(profile),
});

/** The same with predictive analytics, which Klaviyo limits far more. */
export const getProfilesWithPredictiveAnalytics = defineEndpoint({
  ...read,
  path: '/api/profiles',
  variant: 'predictive_analytics',
  tier: 'M',
  input: listInput,
  toWire: (input) =>
    listQuery(input, [...(input.subscriptions ? ['subscriptions'] : []), 'predictive_analytics']),
  output: page(profile),
});

const write = { tier: 'L', scopes: ['profiles:write'], safeToRetry: true } as const;

/** A new profile. 409 with the id of the profile that has one of the identifiers already. */
export const createProfile = defineEndpoint({
  ...write,
  method: 'POST',
  path: '/api/profiles',
  input: z.strictObject({ attributes: profileAttributes }),
  toWire: ({ attributes }) => ({ body: { data: { type: 'profile', attributes } } }),
  output: one(profile),
});

/** Changes a profile. 409 where an identifier belongs to another one. */
export const updateProfile = defineEndpoint({
  ...write,
  method: 'PATCH',
  path: '/api/profiles/{id}',
  input: z.strictObject({ id: z.string().min(1), attributes: profileAttributes }),
  toWire: ({ id, attributes }) => ({
    path: { id },
    body: { data: { type: 'profile', id, attributes } },
  }),
  output: one(profile),
});
