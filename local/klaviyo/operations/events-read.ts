import { type Condition, type FilterFields, meets, parseFilter } from '../filter.ts';
import { compareKeys, pageOf } from '../paging.ts';
import { fieldset, size, sortBy, subset, text } from '../query-rules.ts';
import { type Call, defineRead } from '../route.ts';
import type { Metric, RecordedEvent } from '../state/event-store.ts';
import { spaced, wholeSeconds } from '../timestamps.ts';
import { profileResource } from './profile-resource.ts';
import { profileQuery } from './profiles-read.ts';
import { collection, pickFields } from './resource.ts';

const metricAttributes = ['id', 'name', 'created', 'updated', 'integration'];
const eventNames = ['id', 'timestamp', 'event_properties', 'datetime', 'uuid'];

const ordered = ['greater-than', 'greater-or-equal', 'less-than', 'less-or-equal'] as const;

const filterFields: FilterFields = {
  profile_id: { kind: 'text', operators: ['equals'] },
  metric_id: { kind: 'text', operators: ['equals'] },
  datetime: { kind: 'instant', operators: ordered },
  timestamp: { kind: 'number', operators: ordered },
};

const fieldValue = (event: RecordedEvent, field: string): string | number => {
  if (field === 'profile_id') return event.profileId;
  if (field === 'metric_id') return event.metric.id;
  return event.timeSeconds;
};

const select = ({ account }: Call, conditions: readonly Condition[]): RecordedEvent[] => {
  const profileId = conditions.find(({ field }) => field === 'profile_id')?.values[0];
  const events =
    profileId === undefined ? account.events.all() : account.events.of(String(profileId));
  return events.filter((event) =>
    conditions.every((one) => meets(fieldValue(event, one.field), one)),
  );
};

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

const eventResource = (call: Call, event: RecordedEvent) => {
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

const metricResource = (call: Call, { id, name, createdMs }: Metric) => ({
  type: 'metric',
  id,
  attributes: pickFields(
    {
      name,
      created: wholeSeconds(createdMs),
      updated: wholeSeconds(createdMs),
      integration: { object: 'integration', id: 'API', name: 'API', category: 'API' },
    },
    call.query.get('fields[metric]'),
  ),
  links: { self: `${call.origin}/api/metrics/${id}/` },
});

const includedOf = (call: Call, events: readonly RecordedEvent[]): unknown[] | undefined => {
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

/** Events by filter, the newest first. */
export const getEvents = defineRead({
  method: 'GET',
  path: '/api/events',
  tier: 'XL',
  scopes: ['events:read'],
  resource: 'event',
  query: {
    filter: text,
    sort: sortBy(['datetime', 'timestamp']),
    'page[cursor]': text,
    'page[size]': size(1000, { since: '2026-01-15' }),
    'fields[event]': fieldset(eventNames),
    'fields[metric]': fieldset(metricAttributes),
    'fields[profile]': profileQuery['fields[profile]'],
    include: subset(['metric', 'profile', 'attributions']),
  },
  respond: (call) => {
    const conditions = parseFilter(call.query.get('filter'), filterFields, call.nowMs);
    const descending = (call.query.get('sort') ?? '-datetime').startsWith('-');
    const keyOf = (event: RecordedEvent) => [event.timeSeconds, event.id] as const;
    const items = select(call, conditions).sort(
      (a, b) => compareKeys(keyOf(a), keyOf(b)) * (descending ? -1 : 1),
    );
    const page = pageOf(call, { items, keyOf, descending }, 200);
    const data = page.items.map((event) => eventResource(call, event));
    const included = includedOf(call, page.items);
    return { status: 200, body: collection({ data, included, links: page.links }) };
  },
});
