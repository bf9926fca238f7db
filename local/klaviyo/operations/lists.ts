import { type FilterFields, meets, parseFilter } from '../filter.ts';
import { compareKeys, pageOf } from '../paging.ts';
import { fieldset, size, sortBy, subset, text } from '../query-rules.ts';
import { defineRead } from '../route.ts';
import type { List } from '../state/list-store.ts';
import { listResource } from './list-resource.ts';
import { collection } from './resource.ts';

export const listAttributes = ['id', 'name', 'created', 'updated', 'opt_in_process'];

const exact = { kind: 'text', operators: ['equals', 'any'] } as const;
const after = { kind: 'instant', operators: ['greater-than'] } as const;
const filterFields: FilterFields = { id: exact, name: exact, created: after, updated: after };

const seconds = (ms: number) => Math.floor(ms / 1000);

const fieldValue = (list: List, field: string): string | number => {
  if (field === 'name') return list.name;
  if (field === 'created') return seconds(list.createdMs);
  if (field === 'updated') return seconds(list.updatedMs);
  return list.id;
};

/** Lists by filter, ten a page. */
export const getLists = defineRead({
  method: 'GET',
  path: '/api/lists',
  tier: 'L',
  scopes: ['lists:read'],
  resource: 'list',
  query: {
    filter: text,
    sort: sortBy(['created', 'id', 'name', 'updated'], { since: '2024-05-15' }),
    'page[cursor]': text,
    'page[size]': size(10, { since: '2026-04-15' }),
    'fields[list]': fieldset(listAttributes),
    'fields[tag]': fieldset(['id', 'name']),
    include: subset(['tags', 'flow-triggers']),
  },
  respond: (call) => {
    const conditions = parseFilter(call.query.get('filter'), filterFields, call.nowMs);
    const sort = call.query.get('sort') ?? 'id';
    const descending = sort.startsWith('-');
    const field = descending ? sort.slice(1) : sort;
    const keyOf = (list: List) => [fieldValue(list, field), list.id] as const;
    const items = call.account.lists
      .all()
      .filter((list) => conditions.every((one) => meets(fieldValue(list, one.field), one)))
      .sort((a, b) => compareKeys(keyOf(a), keyOf(b)) * (descending ? -1 : 1));
    const page = pageOf(call, { items, keyOf, descending }, 10);
    const data = page.items.map((list) => listResource(call, list));
    const included = call.query.has('include') ? [] : undefined;
    return { status: 200, body: collection({ data, included, links: page.links }) };
  },
});
