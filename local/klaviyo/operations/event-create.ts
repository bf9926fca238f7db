import * as z from 'zod';
import { eventProblems } from '../event-rules.ts';
import { refuseProblems } from '../identifiers.ts';
import { defineWrite } from '../route.ts';
import { eventAttributes, eventProfile } from './event-body.ts';
import { personProblems, refuseUnknown, toEvent, toPerson, trackLater } from './event-input.ts';

/** Records an event, a while later. */
export const createEvent = defineWrite({
  method: 'POST',
  path: '/api/events',
  tier: 'XL',
  scopes: ['events:write'],
  resource: 'event',
  body: (served) =>
    z.strictObject({
      data: z.strictObject({
        type: z.literal('event'),
        attributes: z.strictObject({
          ...eventAttributes(served),
          profile: eventProfile(served, false),
        }),
      }),
    }),
  respond: (call, { data }) => {
    const { profile, ...event } = data.attributes;
    const pointer = '/data/attributes';
    refuseProblems([
      ...personProblems(profile, pointer, true),
      ...eventProblems(event, pointer, call),
    ]);
    refuseUnknown(call, profile, pointer);
    const { person, headers } = toPerson(profile);
    trackLater(call, person, [toEvent(event, call.nowMs, false)]);
    return { status: 202, headers };
  },
});
