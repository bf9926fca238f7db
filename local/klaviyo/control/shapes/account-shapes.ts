/** Accounts, as they are made and as they are shown. */
import * as z from 'zod';
import type { Account } from '../../state/account.ts';
import { sizesOf } from '../../state-counts.ts';
import { count, id } from './basics.ts';
import { seedList } from './list-shapes.ts';
import { seedProfile } from './profile-shapes.ts';

const scopes = z.array(z.string().min(1));

const privateKey = z
  .union([
    z.string().min(1),
    z.strictObject({ key: z.string().min(1), scopes: scopes.exactOptional() }),
  ])
  .transform((given) => (typeof given === 'string' ? { key: given } : given));

const settings = {
  unknownEventProfiles: z
    .enum(['drop', 'refuse'])
    .meta({ description: 'what becomes of an event for a profile id that does not exist' }),
  retiredRevisions: z
    .enum(['fall-forward', 'gone'])
    .meta({ description: 'whether a newer revision answers for a retired one, or 410' }),
};
const minimumAge = z
  .number()
  .int()
  .min(1)
  .max(99)
  .meta({ description: 'age-gated: how old somebody is at least who consents to SMS' });

export const accountSettings = z.strictObject({
  unknownEventProfiles: settings.unknownEventProfiles.exactOptional(),
  retiredRevisions: settings.retiredRevisions.exactOptional(),
  smsMinimumAgeYears: minimumAge.nullable().exactOptional(),
});

const account = z.strictObject({
  id: z
    .string()
    .regex(/^[A-Za-z0-9]{1,20}$/, 'must be up to 20 letters and digits')
    .exactOptional(),
  name: z.string().min(1).exactOptional(),
  privateKeys: z.array(privateKey).exactOptional(),
  defaultOptIn: z.enum(['single_opt_in', 'double_opt_in']).exactOptional(),
  smsCallingCodes: z.array(z.string().regex(/^\+\d+$/, 'must be such as +1')).exactOptional(),
  unknownEventProfiles: settings.unknownEventProfiles.exactOptional(),
  retiredRevisions: settings.retiredRevisions.exactOptional(),
  smsMinimumAgeYears: minimumAge.exactOptional(),
  lists: z.array(seedList).exactOptional(),
  profiles: z.array(seedProfile).exactOptional(),
});

export const seedAccount = account.superRefine(({ lists = [], profiles = [] }, context) => {
  const known = new Set(lists.map((list) => list.id));
  for (const [index, profile] of profiles.entries()) {
    const unknown = profile.lists?.find((listId) => !known.has(listId));
    if (unknown === undefined) continue;
    const path = ['profiles', index, 'lists'];
    context.addIssue({ code: 'custom', path, message: `there is no list ${unknown}` });
  }
});

export const seedOAuthApp = z.strictObject({
  clientId: id,
  clientSecret: id,
  redirectUris: z.array(z.url()),
  scopes: scopes.exactOptional(),
});

export const shownAccount = z.strictObject({
  id: z.string(),
  name: z.string(),
  privateKeys: z.array(
    z.strictObject({ key: z.string(), scopes: z.array(z.string()).exactOptional() }),
  ),
  settings: z.strictObject({ ...settings, smsMinimumAgeYears: minimumAge.nullable() }),
  profiles: count,
  lists: count,
  events: count,
});

export const toShownAccount = (account: Account): z.output<typeof shownAccount> => ({
  id: account.id,
  name: account.name,
  privateKeys: account.privateKeys.map(({ key, scopes }) => ({
    key,
    ...(scopes && { scopes: [...scopes] }),
  })),
  settings: {
    ...account.settings,
    smsMinimumAgeYears: account.settings.smsMinimumAgeYears ?? null,
  },
  ...sizesOf(account),
});
