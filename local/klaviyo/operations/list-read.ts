import { noList } from '../api-error.ts';
import { fieldset, subset } from '../query-rules.ts';
import { type Call, defineRead } from '../route.ts';
import type { List } from '../state/list-store.ts';
import { listResource } from './list-resource.ts';
import { selfLink } from './resource.ts';

/** The list that the path names. @throws ApiError 404, malformed or not. */
export const listAt = ({ account, params }: Call): List => {
  const id = params.id ?? '';
  const list = account.lists.get(id);
  if (!list) throw noList(id);
  return list;
};

/** One list by id. How many are on it lowers the limit. */
export const getList = defineRead({
  method: 'GET',
  path: '/api/lists/{id}',
  tier: 'L',
  lowered: { parameter: 'additional-fields[list]', values: ['profile_count'], tier: 'XS' },
  scopes: ['lists:read'],
  resource: 'list',
  query: {
    'additional-fields[list]': subset(['profile_count']),
    'fields[list]': fieldset('counted list'),
    'fields[tag]': fieldset('tag'),
    'fields[flow]': fieldset('flow', { since: '2024-10-15' }),
    include: subset(['tags', { value: 'flow-triggers', since: '2024-10-15' }]),
  },
  respond: (call) => {
    const list = listAt(call);
    const data = listResource(call, list);
    const counted = call.query.has('additional-fields[list]') && {
      profile_count: list.members.size,
    };
    const included = call.query.has('include') && { included: [] };
    const attributes = { ...data.attributes, ...counted };
    return { status: 200, body: { data: { ...data, attributes }, ...included, ...selfLink(call) } };
  },
});
