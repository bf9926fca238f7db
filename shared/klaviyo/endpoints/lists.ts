import * as z from 'zod';
import { defineEndpoint } from '../endpoint.ts';
import { noContent, page } from '../json-api.ts';
import { profile } from './profiles.ts';

/** Profiles in one add or remove request: Klaviyo's cap, stated in prose only. */
export const maxProfilesPerListChange = 1_000;

/** All lists, ten a page: the size cannot be chosen in most revisions. */
export const getLists = defineEndpoint({
  method: 'GET',
  path: '/api/lists',
  tier: 'L',
  scopes: ['lists:read'],
  safeToRetry: true,
  input: z.strictObject({ filter: z.string().optional(), cursor: z.string().optional() }),
  toWire: ({ filter, cursor }) => ({ query: { filter, 'page[cursor]': cursor } }),
  output: page(
    z.object({
      id: z.string().min(1),
      attributes: z.object({ name: z.string(), opt_in_process: z.string().nullish() }),
    }),
  ),
});

/** Who is on a list, 100 a page at most: the cheap check of membership by e-mail or phone. */
export const getProfilesForList = defineEndpoint({
  method: 'GET',
  path: '/api/lists/{id}/profiles',
  tier: 'L',
  scopes: ['lists:read', 'profiles:read'],
  safeToRetry: true,
  input: z.strictObject({
    listId: z.string().min(1),
    filter: z.string().optional(),
    pageSize: z.int().min(1).max(100).optional(),
    cursor: z.string().optional(),
  }),
  toWire: ({ listId, filter, pageSize, cursor }) => ({
    path: { id: listId },
    query: { filter, 'page[size]': pageSize?.toString(), 'page[cursor]': cursor },
  }),
  output: page(profile),
});

const membership = {
  path: '/api/lists/{id}/relationships/profiles',
  tier: 'M',
  scopes: ['lists:write', 'profiles:write'],
  safeToRetry: true,
  input: z.strictObject({
    listId: z.string().min(1),
    profileIds: z.array(z.string().min(1)).min(1).max(maxProfilesPerListChange),
  }),
  toWire: ({ listId, profileIds }: { listId: string; profileIds: readonly string[] }) => ({
    path: { id: listId },
    body: { data: profileIds.map((id) => ({ type: 'profile', id })) },
  }),
  output: noContent,
} as const;

/** Puts profiles on a list. Grants no consent. */
export const addProfilesToList = defineEndpoint({ ...membership, method: 'POST' });

/** Takes profiles off a list. Revokes no consent. */
export const removeProfilesFromList = defineEndpoint({ ...membership, method: 'DELETE' });
