import * as z from 'zod';
import { invalid, notFound } from '../api-error.ts';
import { fieldset } from '../query-rules.ts';
import { defineWrite } from '../route.ts';
import { mergeProfiles as merge } from '../state/removal.ts';

const reference = z.strictObject({ type: z.literal('profile'), id: z.string() });
const source = '/data/relationships/profiles/data';

/** Merges one profile into another, a while later. Live it answers 202, not 201 as specified. */
export const mergeProfiles = defineWrite({
  method: 'POST',
  path: '/api/profile-merge',
  tier: 'M',
  scopes: ['profiles:write'],
  resource: 'profile-merge',
  query: { 'fields[profile]': fieldset('profile', { since: '2026-01-15' }) },
  body: () =>
    z.strictObject({
      data: z.strictObject({
        type: z.literal('profile-merge'),
        id: z.string(),
        relationships: z
          .strictObject({
            profiles: z.strictObject({ data: z.array(reference).optional() }).optional(),
          })
          .optional(),
      }),
    }),
  respond: ({ account, origin, served }, { data }) => {
    const [named, ...more] = data.relationships?.profiles?.data ?? [];
    if (!named || more.length > 0) {
      throw invalid('Exactly one source profile is required.', { pointer: source });
    }
    const into = account.profiles.get(data.id);
    if (!into) throw notFound('profile', data.id, { pointer: '/data/id' });
    const from = account.profiles.get(named.id);
    if (!from) throw notFound('profile', named.id, { pointer: `${source}/0/id` });
    if (from === into) {
      throw invalid('A profile cannot be merged into itself.', { pointer: `${source}/0/id` });
    }
    account.later(account.delays.jobMs, () => {
      const both = [account.profiles.get(from.id), account.profiles.get(into.id)] as const;
      if (both[0] && both[1]) merge(account, both[0], both[1]);
    });
    const links = { self: `${origin}/api/profiles/${into.id}/` };
    const body = { data: { type: 'profile', id: into.id, attributes: {}, links } };
    return { status: 202, body: served >= '2026-01-15' ? { ...body, links } : body };
  },
});
