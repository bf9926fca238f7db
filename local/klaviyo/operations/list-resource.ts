import type { Call } from '../route.ts';
import type { List } from '../state/list-store.ts';
import { wholeSeconds } from '../timestamps.ts';
import { pickFields } from './resource.ts';

/** A list as the answer to a call shows it. */
export const listResource = (call: Call, list: List) => {
  const self = `${call.origin}/api/lists/${list.id}/`;
  const attributes = {
    name: list.name,
    created: wholeSeconds(list.createdMs),
    updated: wholeSeconds(list.updatedMs),
    ...(call.served >= '2023-12-15' && { opt_in_process: list.optIn }),
  };
  const related = (name: string) => ({
    links: { self: `${self}relationships/${name}/`, related: `${self}${name}/` },
  });
  return {
    type: 'list',
    id: list.id,
    attributes: pickFields(attributes, call.query.get('fields[list]')),
    ...(call.served >= '2023-12-15' && {
      relationships: { profiles: related('profiles'), tags: { data: [], ...related('tags') } },
    }),
    links: { self },
  };
};
