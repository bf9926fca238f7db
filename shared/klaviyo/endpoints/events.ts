import * as z from 'zod';
import { defineEndpoint } from '../endpoint.ts';
import { noContent, page } from '../json-api.ts';
import { profileAttributes } from './profiles.ts';

/** Events in one bulk request, and its bytes: Klaviyo's caps, stated in prose only. */
export const maxEventsPerBulkJob = 1_000;
export const maxBulkJobBytes = 5_000_000;

/** Who did it: by id, or by identifiers that Klaviyo resolves or creates a profile for. */
const eventProfile = z.strictObject({
  id: z.string().min(1).optional(),
  attributes: profileAttributes,
});

/**
 * One event. `uniqueId` is required here, though Klaviyo leaves it optional: without it the time,
 * to the second, decides what is a duplicate, and a retry would count twice.
 */
export const event = z.strictObject({
  metric: z.string().min(1).max(127),
  uniqueId: z.string().min(1),
  time: z.iso.datetime({ offset: true }),
  value: z.number().optional(),
  valueCurrency: z.string().optional(),
  backfill: z.boolean().optional(),
  properties: z.record(z.string(), z.unknown()),
});

export type KlaviyoEvent = z.output<typeof event>;
export type EventProfile = z.output<typeof eventProfile>;

const eventAttributes = (input: KlaviyoEvent, shape: string) => ({
  properties: input.properties,
  time: input.time,
  unique_id: input.uniqueId,
  ...(input.value === undefined ? {} : { value: input.value }),
  ...(input.valueCurrency === undefined || shape < '2024-02-15'
    ? {}
    : { value_currency: input.valueCurrency }),
  ...(input.backfill === undefined || shape < '2026-04-15' ? {} : { backfill: input.backfill }),
  metric: { data: { type: 'metric', attributes: { name: input.metric } } },
});

const profileData = ({ id, attributes }: EventProfile) => ({
  data: { type: 'profile', ...(id === undefined ? {} : { id }), attributes },
});

/** Records one event. Klaviyo answers before it has processed anything. */
export const createEvent = defineEndpoint({
  method: 'POST',
  path: '/api/events',
  tier: 'XL',
  scopes: ['events:write'],
  safeToRetry: true,
  input: z.strictObject({ event, profile: eventProfile }),
  toWire: ({ event, profile }, { shape }) => ({
    body: {
      data: {
        type: 'event',
        attributes: { ...eventAttributes(event, shape), profile: profileData(profile) },
      },
    },
  }),
  output: noContent,
});

/** Records many events, grouped by profile. A repeated unique id fails the whole request. */
export const bulkCreateEvents = defineEndpoint({
  method: 'POST',
  path: '/api/event-bulk-create-jobs',
  tier: 'M',
  scopes: ['events:write'],
  safeToRetry: true,
  since: '2024-05-15',
  input: z.strictObject({
    groups: z
      .array(z.strictObject({ profile: eventProfile, events: z.array(event).min(1) }))
      .min(1)
      .refine(
        (groups) =>
          groups.reduce((sum, { events }) => sum + events.length, 0) <= maxEventsPerBulkJob,
        `holds more than ${maxEventsPerBulkJob} events`,
      ),
  }),
  toWire: ({ groups }, { shape }) => ({
    body: {
      data: {
        type: 'event-bulk-create-job',
        attributes: {
          'events-bulk-create': {
            data: groups.map(({ profile, events }) => ({
              type: 'event-bulk-create',
              attributes: {
                profile: profileData(profile),
                events: {
                  data: events.map((input) => ({
                    type: 'event',
                    attributes: eventAttributes(input, shape),
                  })),
                },
              },
            })),
          },
        },
      },
    },
  }),
  output: noContent,
});

/** The events of a profile or metric; the newest first by default. */
export const getEvents = defineEndpoint({
  method: 'GET',
  path: '/api/events',
  tier: 'XL',
  scopes: ['events:read'],
  safeToRetry: true,
  input: z.strictObject({
    filter: z.string().optional(),
    sort: z.enum(['datetime', '-datetime', 'timestamp', '-timestamp']).optional(),
    cursor: z.string().optional(),
  }),
  toWire: ({ filter, sort, cursor }) => ({ query: { filter, sort, 'page[cursor]': cursor } }),
  output: page(
    z.object({
      id: z.string().min(1),
      attributes: z.looseObject({
        datetime: z.string().nullish(),
        event_properties: z.record(z.string(), z.unknown()).nullish(),
        uuid: z.string().nullish(),
      }),
    }),
  ),
});
