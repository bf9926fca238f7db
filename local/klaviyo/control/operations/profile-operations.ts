/** Profiles: seeded, looked at, changed, merged and deleted, as if by a person in Klaviyo. */
import * as z from 'zod';
import { profileHolds } from '../../search.ts';
import type { Account } from '../../state/account.ts';
import type { Profile } from '../../state/profile.ts';
import { deleteProfile, mergeProfiles } from '../../state/removal.ts';
import { accountOf, listOf, profileOf } from '../found.ts';
import { ControlRefusal, defineOperation } from '../operation.ts';
import { seedAll } from '../seed-all.ts';
import { count, done, id } from '../shapes/basics.ts';
import { attributes, seedProfile, shownProfile, toShownProfile } from '../shapes/profile-shapes.ts';
import { pageQuery, shownPart } from '../shown-part.ts';

const query = z.strictObject({
  q: z.string().exactOptional(),
  email: z.string().exactOptional(),
  phone_number: z.string().exactOptional(),
  external_id: z.string().exactOptional(),
  list: id.exactOptional(),
  ...pageQuery,
});

const chosen = (account: Account, wanted: z.output<typeof query>): Profile[] => {
  const { q, list, limit, offset, ...identifiers } = wanted;
  const named = Object.values(identifiers).some((value) => value !== undefined);
  const all = named ? account.profiles.owners(identifiers) : [...account.profiles.all()];
  const members = list === undefined ? undefined : listOf(account, list).members;
  return all
    .filter((profile) => members?.has(profile.id) ?? true)
    .filter((profile) => q === undefined || profileHolds(profile, q));
};

const path = '/accounts/{account}/profiles';

export const profileOperations = [
  defineOperation({
    name: 'seed-profiles',
    method: 'POST',
    path,
    purpose: 'Puts profiles into the account as if they had long been there: all or none.',
    body: z.strictObject({ profiles: z.array(seedProfile).min(1).max(10_000) }),
    answer: z.strictObject({ ids: z.array(z.string()) }),
    respond: ({ control: { world }, param, body: { profiles } }) => ({
      ids: seedAll(accountOf(world, param('account')), profiles).map((profile) => profile.id),
    }),
  }),
  defineOperation({
    name: 'list-profiles',
    method: 'GET',
    path,
    purpose: 'Profiles, found by an identifier, by list, or by any text on them.',
    query,
    answer: z.strictObject({ total: count, profiles: z.array(shownProfile) }),
    respond: ({ control: { world }, param, query: wanted }) => {
      const account = accountOf(world, param('account'));
      const { total, items } = shownPart(chosen(account, wanted), wanted);
      return { total, profiles: items.map((profile) => toShownProfile(account, profile)) };
    },
  }),
  defineOperation({
    name: 'show-profile',
    method: 'GET',
    path: `${path}/{profile}`,
    purpose: 'A profile with everything on it. The id of one that was merged finds the other.',
    answer: shownProfile,
    respond: ({ control: { world }, param }) => {
      const account = accountOf(world, param('account'));
      return toShownProfile(account, profileOf(account, param('profile')));
    },
  }),
  defineOperation({
    name: 'change-profile',
    method: 'PATCH',
    path: `${path}/{profile}`,
    purpose: 'A person edits the profile in Klaviyo: null clears, what is left out stays.',
    body: z.strictObject({ attributes }),
    answer: shownProfile,
    respond: ({ control: { world }, param, body }) => {
      const account = accountOf(world, param('account'));
      const profile = profileOf(account, param('profile'));
      account.profiles.update(profile, body.attributes);
      return toShownProfile(account, profile);
    },
  }),
  defineOperation({
    name: 'delete-profile',
    method: 'DELETE',
    path: `${path}/{profile}`,
    purpose: 'The profile is gone, with its events and its places on lists.',
    answer: done,
    respond: ({ control: { world }, param }) => {
      const account = accountOf(world, param('account'));
      deleteProfile(account, profileOf(account, param('profile')));
      return { done: true };
    },
  }),
  defineOperation({
    name: 'merge-profile',
    method: 'POST',
    path: `${path}/{profile}/merge`,
    purpose: 'Merges the profile into another one, whose id answers for both from then on.',
    body: z.strictObject({ into: id }),
    answer: shownProfile,
    respond: ({ control: { world }, param, body }) => {
      const account = accountOf(world, param('account'));
      const [from, into] = [profileOf(account, param('profile')), profileOf(account, body.into)];
      if (from === into) throw new ControlRefusal(409, 'into: the two are one profile');
      mergeProfiles(account, from, into);
      return toShownProfile(account, into);
    },
  }),
];
