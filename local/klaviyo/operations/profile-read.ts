import { notFound } from '../api-error.ts';
import { fieldset, subset } from '../query-rules.ts';
import { type Call, defineRead } from '../route.ts';
import type { Profile } from '../state/profile.ts';
import { includedAlways, includedFields, profileQuery } from './profile-query.ts';
import { includedLists, namedAlways, profileResource } from './profile-resource.ts';

/** The profile with this id. @throws ApiError 404 where nothing has it, malformed or not. */
export const profileAt = ({ account, params }: Call): Profile => {
  const id = params.id ?? '';
  const profile = account.profiles.get(id);
  if (!profile) throw notFound('profile', id);
  return profile;
};

/** One profile by id. With lists or segments the limit is lower, though the headers do not say so. */
export const getProfile = defineRead({
  method: 'GET',
  path: '/api/profiles/{id}',
  tier: 'L',
  lowered: {
    parameter: 'include',
    values: ['lists', 'segments'],
    tier: 'XS',
    unannounced: true,
  },
  scopes: ['profiles:read'],
  resource: 'profile',
  query: {
    ...profileQuery,
    ...includedFields,
    'fields[list]': fieldset('list'),
    'fields[segment]': fieldset('segment'),
    include: subset(['lists', 'segments', ...includedAlways]),
  },
  respond: (call) => {
    const profile = profileAt(call);
    const include = call.query.get('include')?.split(',');
    const data = profileResource(call, profile, {
      conversations: true,
      named: [...namedAlways(call.served), ...(include ?? [])],
    });
    const links = { self: call.origin + call.url.pathname + call.url.search };
    const included = include && { included: includedLists(call, [profile], include) };
    return { status: 200, body: { data, links, ...included } };
  },
});
