import { notFound } from '../api-error.ts';
import { type FilterFields, parseFilter } from '../filter.ts';
import { meets } from '../filter-match.ts';
import { pageOf } from '../paging.ts';
import { fieldset, subset, text } from '../query-rules.ts';
import { defineRead } from '../route.ts';
import type { Metric } from '../state/event-store.ts';
import { metricResource } from './event-resource.ts';
import { collection, selfLink } from './resource.ts';

const facts = {
  method: 'GET',
  tier: 'M',
  scopes: ['metrics:read'],
  resource: 'metric',
} as const;

const fields = {
  'fields[metric]': fieldset('metric'),
  'fields[flow]': fieldset('flow', { since: '2024-10-15' }),
  include: { ...subset(['flow-triggers']), since: '2024-10-15' },
} as const;

const exactly = { kind: 'text', operators: ['equals'] } as const;
const filterFields: FilterFields = {
  'integration.name': exactly,
  'integration.category': exactly,
};

/** All metrics are of the API. A filter by category finds nothing, as it was seen to live. */
const filtered = (field: string): string | undefined =>
  field === 'integration.name' ? 'API' : undefined;

/** The metrics that have had an event, 200 a page. */
export const getMetrics = defineRead({
  ...facts,
  path: '/api/metrics',
  query: { ...fields, filter: text, 'page[cursor]': text },
  respond: (call) => {
    const { query, nowMs, served, account } = call;
    const conditions = parseFilter(query.get('filter'), filterFields, nowMs, served);
    const items = account.events
      .metrics()
      .filter(() => conditions.every((one) => meets(filtered(one.field), one)))
      .toSorted((a, b) => (a.id < b.id ? -1 : 1));
    const keyOf = ({ id }: Metric) => [id, id] as const;
    const page = pageOf(call, { items, keyOf, descending: false }, 200);
    const data = page.items.map((metric) => metricResource(call, metric));
    const included = query.has('include') ? [] : undefined;
    return { status: 200, body: collection({ data, included, links: page.links }) };
  },
});

/** One metric by id. */
export const getMetric = defineRead({
  ...facts,
  path: '/api/metrics/{id}',
  query: fields,
  respond: (call) => {
    const id = call.params.id ?? '';
    const metric = call.account.events.metrics().find((one) => one.id === id);
    if (!metric) throw notFound('metric', id);
    const included = call.query.has('include') && { included: [] };
    return {
      status: 200,
      body: { data: metricResource(call, metric), ...included, ...selfLink(call) },
    };
  },
});
