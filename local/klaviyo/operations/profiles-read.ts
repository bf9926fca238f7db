import { parseFilter } from '../filter.ts';
import { pageOf } from '../paging.ts';
import { fieldset, size, sortBy, subset, text } from '../query-rules.ts';
import { defineRead } from '../route.ts';
import type { Profile } from '../state/profile.ts';
import {
  includedAlways,
  includedFields,
  loweredByPredictions,
  profileQuery,
} from './profile-query.ts';
import { includedLists, namedAlways, profileResource } from './profile-resource.ts';
import { keyOf, profileFilters, profileSorts, selectProfiles } from './profile-selection.ts';
import { collection } from './resource.ts';

/** Lists and segments could be included for a year. */
const listed = { since: '2025-04-15', until: '2026-01-15' };

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
    ...includedFields,
    'fields[list]': fieldset('list', listed),
    'fields[segment]': fieldset('segment', listed),
    filter: text,
    sort: sortBy(profileSorts),
    'page[size]': size(100),
    'page[cursor]': text,
    include: {
      ...subset([
        { value: 'lists', ...listed },
        { value: 'segments', ...listed },
        ...includedAlways,
      ]),
      since: '2025-04-15',
    },
  },
  respond: (call) => {
    const { account, query, served } = call;
    const latestMs = call.nowMs - call.filterMarginMs;
    const conditions = parseFilter(query.get('filter'), profileFilters, latestMs, served);
    const sort = query.get('sort') ?? 'id';
    const descending = sort.startsWith('-');
    const field = descending ? sort.slice(1) : sort;
    const items = selectProfiles({ account, conditions, field, descending });
    const sorted = { items, keyOf: (item: Profile) => keyOf(item, field), descending };
    const page = pageOf(call, sorted, 20);
    const include = query.get('include')?.split(',');
    const named = [...namedAlways(served), ...(include ?? [])];
    const data = page.items.map((profile) =>
      profileResource(call, profile, { conversations: true, named }),
    );
    const included = include && includedLists(call, page.items, include);
    return { status: 200, body: collection({ data, included, links: page.links }) };
  },
});
