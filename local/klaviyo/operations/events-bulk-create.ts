import * as z from 'zod';
import { invalid } from '../api-error.ts';
import { since } from '../body-validation.ts';
import { eventProblems } from '../event-rules.ts';
import { refuseProblems } from '../identifiers.ts';
import { type Call, defineWrite } from '../route.ts';
import { eventAttributes, eventProfile } from './event-body.ts';
import { personProblems, refuseUnknown, toEvent, toPerson, trackLater } from './event-input.ts';

const bulkBody = (served: string) =>
  z.strictObject({
    data: z.strictObject({
      type: z.literal('event-bulk-create-job'),
      attributes: z.strictObject({
        'events-bulk-create': z.strictObject({ data: z.array(bulkGroup(served)).min(1) }),
      }),
    }),
  });

const bulkGroup = (served: string) => {
  const event = z.strictObject({
    type: z.literal('event'),
    attributes: z.strictObject(eventAttributes(served)),
  });
  return z.strictObject({
    type: z.literal('event-bulk-create'),
    attributes: z.strictObject({
      backfill: since(served, '2026-04-15', z.boolean().nullable()),
      profile: eventProfile(served, true),
      events: z.strictObject({ data: z.array(event).min(1) }),
    }),
  });
};

type Group = z.output<ReturnType<typeof bulkGroup>>;

const maxEvents = 1000;
const groupsPointer = '/data/attributes/events-bulk-create/data';

const checkGroups = (call: Call, groups: readonly Group[]): void => {
  const count = groups.reduce((sum, { attributes }) => sum + attributes.events.data.length, 0);
  if (count > maxEvents) {
    throw invalid(`At most ${maxEvents} events are allowed.`, { pointer: groupsPointer });
  }
  const problems = groups.flatMap(({ attributes }, group) => {
    const pointer = `${groupsPointer}/${group}/attributes`;
    const ofEvents = attributes.events.data.flatMap((event, index) =>
      eventProblems(event.attributes, `${pointer}/events/data/${index}/attributes`, call),
    );
    return [...personProblems(attributes.profile, pointer, false), ...ofEvents];
  });
  refuseProblems(problems);
  for (const [group, { attributes }] of groups.entries()) {
    refuseUnknown(call, attributes.profile, `${groupsPointer}/${group}/attributes`);
  }
};

/** A repeated unique id of one person and metric fails the whole request. */
const refuseRepeats = (groups: readonly Group[]): void => {
  const seen = new Set<string>();
  for (const [group, { attributes }] of groups.entries()) {
    const { id, attributes: who } = attributes.profile.data;
    const person = [id, who.email, who.phone_number, who.external_id];
    for (const [index, { attributes: event }] of attributes.events.data.entries()) {
      if (typeof event.unique_id !== 'string') continue;
      const key = JSON.stringify([person, event.metric.data.attributes.name, event.unique_id]);
      const place = `${groupsPointer}/${group}/attributes/events/data/${index}/attributes`;
      if (seen.has(key)) {
        throw invalid('Duplicate unique_id in the request.', { pointer: `${place}/unique_id` });
      }
      seen.add(key);
    }
  }
};

/** Records many events, a while later. */
export const bulkCreateEvents = defineWrite({
  method: 'POST',
  path: '/api/event-bulk-create-jobs',
  since: '2024-05-15',
  tier: 'M',
  scopes: ['events:write'],
  resource: 'event-bulk-create-job',
  body: bulkBody,
  respond: (call, { data }) => {
    const groups = data.attributes['events-bulk-create'].data;
    checkGroups(call, groups);
    refuseRepeats(groups);
    const people = groups.map(({ attributes }) => toPerson(attributes.profile));
    for (const [index, { attributes }] of groups.entries()) {
      const backfill = attributes.backfill === true;
      const events = attributes.events.data.map((event) =>
        toEvent(event.attributes, call.nowMs, backfill),
      );
      const person = people[index]?.person;
      if (person) trackLater(call, person, events);
    }
    return { status: 202, headers: Object.assign({}, ...people.map(({ headers }) => headers)) };
  },
});
