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

const account = z.strictObject({
  id: z
    .string()
    .regex(/^[A-Za-z0-9]{1,20}$/, 'must be up to 20 letters and digits')
    .exactOptional(),
  name: z.string().min(1).exactOptional(),
  privateKeys: z.array(privateKey).exactOptional(),
  defaultOptIn: z.enum(['single_opt_in', 'double_opt_in']).exactOptional(),
  smsCallingCodes: z.array(z.string().regex(/^\+\d+$/, 'must be such as +1')).exactOptional(),
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
  ...sizesOf(account),
});
