import { invalid, notFound } from '../api-error.ts';
import { defineRead } from '../route.ts';
import { eventQuery, eventResource, includedWith } from './event-resource.ts';
import { selfLink } from './resource.ts';

/** One event by id. A malformed id answers 400 here, unlike those of profiles and lists. */
export const getEvent = defineRead({
  method: 'GET',
  path: '/api/events/{id}',
  tier: 'M',
  scopes: ['events:read'],
  resource: 'event',
  query: eventQuery,
  respond: (call) => {
    const id = call.params.id ?? '';
    if (!/^[0-9A-Za-z]{11}$/.test(id)) {
      throw invalid(`Invalid Event ID: '${id}'`, { pointer: '/data/id' });
    }
    const event = call.account.events.get(id);
    if (!event) throw notFound('event', id);
    const included = includedWith(call, [event]);
    const body = { data: eventResource(call, event), ...(included && { included }) };
    return { status: 200, body: { ...body, ...selfLink(call) } };
  },
});
