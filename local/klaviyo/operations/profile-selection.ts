/** Which profiles a filter finds, in which order. */
import type { Condition, FilterFields } from '../filter.ts';
import { meets, type Value } from '../filter-match.ts';
import { compareKeys } from '../paging.ts';
import type { Account } from '../state/account.ts';
import { type IdentifierName, identifierNames, kxOf, type Profile } from '../state/profile.ts';

const exact = { kind: 'text', operators: ['equals', 'any'] } as const;
const equals = { kind: 'text', operators: ['equals'] } as const;
const strict = {
  kind: 'instant',
  operators: ['greater-than', 'less-than'],
  pastOnly: true,
} as const;
const ordered = {
  kind: 'instant',
  operators: ['greater-than', 'greater-or-equal', 'less-than', 'less-or-equal'],
} as const;

const marketing = 'subscriptions.email.marketing';

export const profileFilters: FilterFields = {
  id: exact,
  email: exact,
  phone_number: exact,
  external_id: exact,
  _kx: equals,
  created: strict,
  updated: strict,
  [`${marketing}.suppression.reason`]: equals,
  [`${marketing}.suppression.timestamp`]: ordered,
  [`${marketing}.list_suppressions.reason`]: equals,
  [`${marketing}.list_suppressions.list_id`]: equals,
  [`${marketing}.list_suppressions.timestamp`]: ordered,
};

export const profileSorts = [
  ...['created', 'updated', 'email', 'id'],
  `${marketing}.suppression.timestamp`,
  `${marketing}.list_suppressions.timestamp`,
];

const seconds = (ms: number): number => Math.floor(ms / 1000);

/** What a filter or a sort sees: every value that the profile has. `updated` is as old as its index. */
const valuesOf = (profile: Profile, field: string): Value => {
  const { suppressions, listSuppressions, identifiers } = profile;
  if (field === 'created') return seconds(profile.createdMicros / 1000);
  if (field === 'updated') return profile.indexedUpdatedSeconds;
  if (isIdentifier(field)) return identifiers[field];
  if (field === '_kx') return kxOf(profile.id);
  if (field.endsWith('.suppression.reason')) return suppressions.map(({ reason }) => reason);
  if (field.endsWith('.suppression.timestamp'))
    return suppressions.map(({ atMs }) => seconds(atMs));
  if (field.endsWith('.list_id')) return listSuppressions.map(({ listId }) => listId);
  if (field.endsWith('.list_suppressions.reason')) return listSuppressions.map(() => 'UNSUBSCRIBE');
  if (field.endsWith('.timestamp')) return listSuppressions.map(({ atMs }) => seconds(atMs));
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

const sortable = (profile: Profile, field: string): boolean =>
  field !== 'updated' || profile.indexedUpdatedSeconds !== undefined;

const select = ({ account, conditions, field, descending }: Query): Profile[] => {
  const narrow = conditions.find((one) => one.field === 'id' || isIdentifier(one.field));
  const rest = conditions.filter((one) => one !== narrow);
  const items = [...candidates(account, narrow)].filter(
    (profile) =>
      sortable(profile, field) && rest.every((one) => meets(valuesOf(profile, one.field), one)),
  );
  const sign = descending ? -1 : 1;
  const compare = (a: Profile, b: Profile) => compareKeys(keyOf(a, field), keyOf(b, field)) * sign;
  return items.sort(compare);
};

/** What profiles are sorted by. Those that have no such value come first, which is assumed. */
export const keyOf = (profile: Profile, field: string): readonly [string | number, string] => {
  const value = valuesOf(profile, field);
  const first = Array.isArray(value) ? (value[0] ?? 0) : value;
  return [first ?? '', profile.id];
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

export const selectProfiles = (query: Query): readonly Profile[] => {
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
