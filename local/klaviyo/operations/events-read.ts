import { type Condition, type FilterFields, parseFilter } from '../filter.ts';
import { meets } from '../filter-match.ts';
import { compareKeys, pageOf } from '../paging.ts';
import { size, sortBy, text } from '../query-rules.ts';
import { type Call, defineRead } from '../route.ts';
import type { RecordedEvent } from '../state/event-store.ts';
import { eventQuery, eventResource, includedWith } from './event-resource.ts';
import { collection } from './resource.ts';

const ordered = ['greater-than', 'greater-or-equal', 'less-than', 'less-or-equal'] as const;

const filterFields: FilterFields = {
  profile: { kind: 'presence', operators: ['has'], since: '2023-12-15' },
  metric: { kind: 'presence', operators: ['has'], since: '2026-04-15' },
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

/** Events by filter, the newest first. */
export const getEvents = defineRead({
  method: 'GET',
  path: '/api/events',
  tier: 'XL',
  scopes: ['events:read'],
  resource: 'event',
  query: {
    ...eventQuery,
    filter: text,
    sort: sortBy(['datetime', 'timestamp']),
    'page[cursor]': text,
    'page[size]': size(1000, { since: '2026-01-15' }),
  },
  respond: (call) => {
    const conditions = parseFilter(call.query.get('filter'), filterFields, call.nowMs, call.served);
    const descending = (call.query.get('sort') ?? '-datetime').startsWith('-');
    const keyOf = (event: RecordedEvent) => [event.timeSeconds, event.id] as const;
    const items = select(call, conditions).sort(
      (a, b) => compareKeys(keyOf(a), keyOf(b)) * (descending ? -1 : 1),
    );
    const page = pageOf(call, { items, keyOf, descending }, 200);
    const data = page.items.map((event) => eventResource(call, event));
    const included = includedWith(call, page.items);
    return { status: 200, body: collection({ data, included, links: page.links }) };
  },
});
