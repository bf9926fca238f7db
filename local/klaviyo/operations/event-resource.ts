import { fieldset, subset } from '../query-rules.ts';
import type { Call } from '../route.ts';
import type { Metric, RecordedEvent } from '../state/event-store.ts';
import { spaced, wholeSeconds } from '../timestamps.ts';
import { profileResource } from './profile-resource.ts';
import { pickFields } from './resource.ts';

/** What may be asked for of an event. */
export const eventQuery = {
  'fields[event]': fieldset('event'),
  'fields[metric]': fieldset('metric'),
  'fields[profile]': fieldset('profile of an event'),
  'fields[attribution]': fieldset('attribution', { since: '2025-04-15' }),
  include: subset(['metric', 'profile', { value: 'attributions', since: '2024-02-15' }]),
} as const;

/** Klaviyo adds to what was sent: recorded for the names, the currency of none is assumed. */
const shownProperties = ({
  properties,
  value,
  valueCurrency,
  uniqueId,
  timeSeconds,
}: RecordedEvent) => ({
  ...properties,
  $value: value ?? 0,
  $value_currency: valueCurrency ?? 'USD',
  $event_id: uniqueId ?? String(timeSeconds),
});

/** An event as the answer to a call shows it. */
export const eventResource = (call: Call, event: RecordedEvent) => {
  const self = `${call.origin}/api/events/${event.id}/`;
  const ms = event.timeSeconds * 1000;
  const attributes = {
    timestamp: event.timeSeconds,
    event_properties: shownProperties(event),
    datetime: call.served < '2024-02-15' ? spaced(ms) : wholeSeconds(ms),
    uuid: event.uuid,
  };
  const related = (type: string, id: string) => ({
    data: { type, id },
    links: { self: `${self}relationships/${type}/`, related: `${self}${type}/` },
  });
  return {
    type: 'event',
    id: event.id,
    attributes: pickFields(attributes, call.query.get('fields[event]')),
    relationships: {
      profile: related('profile', event.profileId),
      metric: related('metric', event.metric.id),
    },
    links: { self },
  };
};

/** A metric as the answer to a call shows it. */
export const metricResource = (call: Call, { id, name, createdMs }: Metric) => ({
  type: 'metric',
  id,
  attributes: pickFields(
    {
      name,
      created: wholeSeconds(createdMs),
      updated: wholeSeconds(createdMs),
      integration: {
        ...{ object: 'integration', id: 'API', key: 'api', name: 'API', category: 'API' },
      },
    },
    call.query.get('fields[metric]'),
  ),
  links: { self: `${call.origin}/api/metrics/${id}/` },
});

/** `included`: the metrics and profiles of events, where they are asked for. */
export const includedWith = (
  call: Call,
  events: readonly RecordedEvent[],
): unknown[] | undefined => {
  const include = call.query.get('include')?.split(',');
  if (!include) return undefined;
  const metrics = include.includes('metric') ? new Set(events.map(({ metric }) => metric)) : [];
  const ids = include.includes('profile') ? new Set(events.map((event) => event.profileId)) : [];
  const profiles = [...ids].flatMap((id) => call.account.profiles.get(id) ?? []);
  return [
    ...[...metrics].map((metric) => metricResource(call, metric)),
    ...profiles.map((profile) => profileResource(call, profile)),
  ];
};
