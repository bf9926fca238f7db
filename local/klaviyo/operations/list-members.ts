import * as z from 'zod';
import { invalid } from '../api-error.ts';
import { type FilterFields, parseFilter } from '../filter.ts';
import { meets } from '../filter-match.ts';
import { compareKeys, pageOf } from '../paging.ts';
import { fieldset, size, sortBy, text } from '../query-rules.ts';
import { type Call, defineRead, defineWrite } from '../route.ts';
import type { List } from '../state/list-store.ts';
import { kxOf, type Profile } from '../state/profile.ts';
import { listAt } from './list-read.ts';
import { additionalFields, loweredByPredictions } from './profile-query.ts';
import { namedAlways, profileResource } from './profile-resource.ts';
import { collection } from './resource.ts';

const exact = { kind: 'text', operators: ['equals', 'any'] } as const;
const filterFields: FilterFields = {
  email: exact,
  phone_number: exact,
  push_token: exact,
  _kx: { kind: 'text', operators: ['equals'] },
  joined_group_at: {
    kind: 'instant',
    operators: ['greater-than', 'greater-or-equal', 'less-than', 'less-or-equal'],
  },
};

interface Member {
  readonly profile: Profile;
  readonly joinedAtMs: number;
}

const joinedSeconds = ({ joinedAtMs }: Member) => Math.floor(joinedAtMs / 1000);

const fieldValue = (member: Member, field: string): string | number | undefined => {
  if (field === 'email') return member.profile.identifiers.email;
  if (field === 'phone_number') return member.profile.identifiers.phone_number;
  if (field === '_kx') return kxOf(member.profile.id);
  if (field === 'push_token') return undefined;
  return joinedSeconds(member);
};

const membersOf = ({ account }: Call, list: List): Member[] =>
  [...list.members].flatMap(([id, joinedAtMs]) => {
    const profile = account.profiles.get(id);
    return profile ? [{ profile, joinedAtMs }] : [];
  });

/** Who is on a list. */
export const getProfilesForList = defineRead({
  method: 'GET',
  path: '/api/lists/{id}/profiles',
  tier: 'L',
  lowered: loweredByPredictions,
  scopes: ['lists:read', 'profiles:read'],
  resource: 'profile',
  query: {
    'additional-fields[profile]': additionalFields,
    'fields[profile]': fieldset('member'),
    filter: text,
    sort: sortBy(['joined_group_at']),
    'page[size]': size(100),
    'page[cursor]': text,
  },
  respond: (call) => {
    const list = listAt(call);
    const conditions = parseFilter(call.query.get('filter'), filterFields, call.nowMs, call.served);
    const descending = call.query.get('sort')?.startsWith('-') ?? false;
    const keyOf = (member: Member) => [joinedSeconds(member), member.profile.id] as const;
    const items = membersOf(call, list)
      .filter((member) => conditions.every((one) => meets(fieldValue(member, one.field), one)))
      .sort((a, b) => compareKeys(keyOf(a), keyOf(b)) * (descending ? -1 : 1));
    const page = pageOf(call, { items, keyOf, descending }, 20);
    const named = namedAlways(call.served);
    const data = page.items.map(({ profile, joinedAtMs }) =>
      profileResource(call, profile, { joinedAtMs, named }),
    );
    return { status: 200, body: collection({ data, links: page.links }) };
  },
});

const maxProfiles = 1000;

const body = () =>
  z.strictObject({
    data: z.array(z.strictObject({ type: z.literal('profile'), id: z.string() })).min(1),
  });

const named = (call: Call, { data }: { data: readonly { id: string }[] }): Profile[] => {
  if (data.length > maxProfiles) {
    throw invalid(`At most ${maxProfiles} profiles are allowed.`, { pointer: '/data' });
  }
  const found = data.map(({ id }) => ({ id, profile: call.account.profiles.get(id) }));
  const unknown = found.filter(({ profile }) => !profile).map(({ id }) => id);
  if (unknown.length > 0) {
    throw invalid(`Invalid profile IDs: ${unknown.join(', ')}`, { pointer: '/data/' });
  }
  return found.flatMap(({ profile }) => profile ?? []);
};

const facts = {
  path: '/api/lists/{id}/relationships/profiles',
  tier: 'M',
  scopes: ['lists:write', 'profiles:write'],
  resource: 'profile',
  body,
} as const;

/** Puts profiles on a list. It grants no consent. */
export const addProfilesToList = defineWrite({
  ...facts,
  method: 'POST',
  respond: (call, request) => {
    const list = listAt(call);
    for (const { id } of named(call, request)) call.account.lists.join(list, id);
    return { status: 204 };
  },
});

/** Takes profiles off a list. It unsubscribes nobody. */
export const removeProfilesFromList = defineWrite({
  ...facts,
  method: 'DELETE',
  respond: (call, request) => {
    const list = listAt(call);
    for (const { id } of named(call, request)) call.account.lists.leave(list, id);
    return { status: 204 };
  },
});
