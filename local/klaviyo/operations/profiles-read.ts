import { notFound } from '../api-error.ts';
import { type Condition, type FilterFields, meets, parseFilter } from '../filter.ts';
import { compareKeys, pageOf } from '../paging.ts';
import { choice, fieldset, size, sortBy, subset, text } from '../query-rules.ts';
import { type Call, defineRead } from '../route.ts';
import type { Account } from '../state/account.ts';
import { type IdentifierName, identifierNames, type Profile } from '../state/profile.ts';
import { listAttributes } from './lists.ts';
import { includedLists, namedAlways, profileResource } from './profile-resource.ts';
import { collection } from './resource.ts';

const attributeNames = [
  'id',
  'email',
  'phone_number',
  'external_id',
  'anonymous_id',
  'first_name',
  'last_name',
  'organization',
  'locale',
  'title',
  'image',
  'created',
  'updated',
  'last_event_date',
  'location',
  'properties',
  'joined_group_at',
  'subscriptions',
  'predictive_analytics',
];

/** Query parameters of every operation that shows profiles. */
export const profileQuery = {
  'additional-fields[profile]': subset(['subscriptions', 'predictive_analytics']),
  'fields[profile]': fieldset(attributeNames),
} as const;

/** Predictions lower the limit of the collections. */
export const loweredByPredictions = {
  parameter: 'additional-fields[profile]',
  values: ['predictive_analytics'],
  tier: 'M',
} as const;

/** The profile with this id. @throws ApiError 404 where nothing has it, malformed or not. */
export const profileAt = ({ account, params }: Call): Profile => {
  const id = params.id ?? '';
  const profile = account.profiles.get(id);
  if (!profile) throw notFound('profile', id);
  return profile;
};

/** One profile by id. */
export const getProfile = defineRead({
  method: 'GET',
  path: '/api/profiles/{id}',
  tier: 'L',
  lowered: { parameter: 'include', values: ['lists', 'segments'], tier: 'XS' },
  scopes: ['profiles:read'],
  resource: 'profile',
  query: {
    ...profileQuery,
    'fields[list]': fieldset(listAttributes),
    include: subset(['lists', 'segments']),
  },
  respond: (call) => {
    const profile = profileAt(call);
    const included = call.query.get('include')?.split(',') ?? [];
    const data = profileResource(call, profile, {
      conversations: true,
      named: [...namedAlways(call.served), ...included],
    });
    const links = { self: call.origin + call.url.pathname + call.url.search };
    const body = {
      data,
      links,
      ...(call.query.has('include') && {
        included: included.includes('lists') ? includedLists(call, profile) : [],
      }),
    };
    return { status: 200, body };
  },
});

const exact = { kind: 'text', operators: ['equals', 'any'] } as const;
const strict = {
  kind: 'instant',
  operators: ['greater-than', 'less-than'],
  pastOnly: true,
} as const;

const filterFields: FilterFields = {
  id: exact,
  email: exact,
  phone_number: exact,
  external_id: exact,
  created: strict,
  updated: strict,
};

const createdSeconds = ({ createdMicros }: Profile) => Math.floor(createdMicros / 1_000_000);

/** What a filter or a sort sees. `updated` is as old as its index. */
const fieldValue = (profile: Profile, field: string): string | number | undefined => {
  if (field === 'created') return createdSeconds(profile);
  if (field === 'updated') return profile.indexedUpdatedSeconds;
  if (field === 'email') return profile.identifiers.email;
  if (field === 'phone_number') return profile.identifiers.phone_number;
  if (field === 'external_id') return profile.identifiers.external_id;
  return profile.id;
};

const isIdentifier = (field: string): field is IdentifierName =>
  identifierNames.some((name) => name === field);

/** A filter by id or identifier is answered from the index; all others look at every profile. */
const candidates = ({ profiles }: Account, narrow: Condition | undefined): Iterable<Profile> => {
  if (!narrow) return profiles.all();
  const { field, values } = narrow;
  const found = values.flatMap((value) => {
    const text = String(value);
    return (isIdentifier(field) ? profiles.find(field, text) : profiles.get(text)) ?? [];
  });
  return new Set(found);
};

const select = ({ account, conditions, field, descending }: Query): Profile[] => {
  const narrow = conditions.find((one) => one.field === 'id' || isIdentifier(one.field));
  const rest = conditions.filter((one) => one !== narrow);
  const items: Profile[] = [];
  for (const profile of candidates(account, narrow)) {
    const sortable = field !== 'updated' || profile.indexedUpdatedSeconds !== undefined;
    if (sortable && rest.every((one) => meets(fieldValue(profile, one.field), one))) {
      items.push(profile);
    }
  }
  const sign = descending ? -1 : 1;
  const compare = (a: Profile, b: Profile) => compareKeys(keyOf(a, field), keyOf(b, field)) * sign;
  return items.sort(compare);
};

interface Query {
  readonly account: Account;
  readonly conditions: readonly Condition[];
  readonly field: string;
  readonly descending: boolean;
}

interface Selection {
  readonly version: number;
  readonly items: readonly Profile[];
}

/** The pages of one scan share the sorted selection, as long as nothing changes. */
const selections = new WeakMap<Account, Map<string, Selection>>();

const selectCached = (query: Query): readonly Profile[] => {
  const { account, conditions, field, descending } = query;
  const cache = selections.get(account) ?? new Map<string, Selection>();
  selections.set(account, cache);
  const key = JSON.stringify([conditions, field, descending]);
  const { version } = account.profiles;
  const known = cache.get(key);
  if (known?.version === version) return known.items;
  const items = select(query);
  if (cache.size > 20) cache.clear();
  cache.set(key, { version, items });
  return items;
};

const keyOf = (profile: Profile, field: string) =>
  [fieldValue(profile, field) ?? '', profile.id] as const;

/** Profiles by filter, a page at a time. */
export const getProfiles = defineRead({
  method: 'GET',
  path: '/api/profiles',
  tier: 'L',
  lowered: loweredByPredictions,
  scopes: ['profiles:read'],
  resource: 'profile',
  query: {
    ...profileQuery,
    filter: text,
    sort: sortBy(['created', 'updated', 'email', 'id']),
    'page[size]': size(100),
    'page[cursor]': text,
    include: choice(['push-tokens'], { since: '2025-04-15' }),
  },
  respond: (call) => {
    const latestMs = call.nowMs - call.filterMarginMs;
    const conditions = parseFilter(call.query.get('filter'), filterFields, latestMs);
    const sort = call.query.get('sort') ?? 'id';
    const descending = sort.startsWith('-');
    const field = descending ? sort.slice(1) : sort;
    const items = selectCached({ account: call.account, conditions, field, descending });
    const sorted = { items, keyOf: (item: Profile) => keyOf(item, field), descending };
    const page = pageOf(call, sorted, 20);
    const included = call.query.get('include')?.split(',') ?? [];
    const data = page.items.map((profile) =>
      profileResource(call, profile, { conversations: true, named: included }),
    );
    return {
      status: 200,
      body: collection({
        data,
        included: call.query.has('include') ? [] : undefined,
        links: page.links,
      }),
    };
  },
});
