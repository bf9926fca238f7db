/** The lists that a profile is on. */
import { fieldset } from '../query-rules.ts';
import { defineRead } from '../route.ts';
import { listResource } from './list-resource.ts';
import { profileAt } from './profile-read.ts';
import { selfLink } from './resource.ts';

const facts = {
  method: 'GET',
  tier: 'S',
  scopes: ['lists:read', 'profiles:read'],
  resource: 'list',
} as const;

/** The lists of a profile. */
export const getListsForProfile = defineRead({
  ...facts,
  path: '/api/profiles/{id}/lists',
  query: { 'fields[list]': fieldset('list') },
  respond: (call) => {
    const lists = call.account.lists.of(profileAt(call).id);
    const data = lists.map((list) => listResource(call, list));
    return { status: 200, body: { data, ...selfLink(call) } };
  },
});

/** The same by their ids alone. */
export const getListIdsForProfile = defineRead({
  ...facts,
  path: '/api/profiles/{id}/relationships/lists',
  respond: (call) => {
    const lists = call.account.lists.of(profileAt(call).id);
    const data = lists.map(({ id }) => ({ type: 'list', id }));
    return { status: 200, body: { data, ...selfLink(call) } };
  },
});
