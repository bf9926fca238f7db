import { describe, expect, it } from 'vitest';
import { metricContracts } from '../../shared/platform/contract/metrics.ts';
import { resourcesOf, templatesOf } from '../support/stage-templates.ts';

const { bridge } = templatesOf('prod');
const dashboards = Object.values(resourcesOf(bridge, 'AWS::CloudWatch::Dashboard'));

interface Widget {
  readonly type: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly properties: { readonly title?: string; readonly metrics?: readonly unknown[][] };
}

/** The body with what is only known once deployed replaced by a word. */
const widgets: readonly Widget[] = dashboards.flatMap(({ Properties }) => {
  const [, parts] = Properties.DashboardBody['Fn::Join'];
  const body = parts.map((part: unknown) => (typeof part === 'string' ? part : 'deployed'));
  return JSON.parse(body.join('')).widgets;
});
const titled = (title: string) => widgets.find(({ properties }) => properties.title === title);
const searches = widgets
  .flatMap(({ properties }) => properties.metrics ?? [])
  .map(([first]) => (first as { expression?: string })?.expression)
  .filter((expression) => expression !== undefined);

describe('the dashboard', () => {
  it('is one per stage', () => {
    expect(dashboards).toHaveLength(1);
  });

  it.each(['customers', 'lists', 'events', 'inbound'])('has a row for the queue %s', (name) => {
    const row = widgets.filter(({ properties }) => properties.title?.startsWith(`${name}: `));
    expect(row.map(({ properties }) => properties.title)).toEqual([
      `${name}: messages that wait`,
      `${name}: oldest message`,
      `${name}: dead letters`,
      `${name}: jobs by outcome and type`,
    ]);
    expect(new Set(row.map(({ y }) => y)).size).toBe(1);
    expect(row.reduce((sum, { width }) => sum + width, 0)).toBe(24);
  });

  it('shows each queue’s own jobs, those that were given up by type as well', () => {
    expect(titled('lists: jobs by outcome and type')?.properties.metrics?.[0]?.[0]).toMatchObject({
      expression: `SEARCH('{KlaviyoBridge,stage,service,outcome,type} MetricName="Jobs" stage="prod" service="lists"', 'Sum', 60)`,
    });
  });

  it('shows the used part of the limits, calls by endpoint, and the lag of the poll', () => {
    expect(titled('Limit per minute in use, busiest account')).toBeDefined();
    expect(titled('Calls by endpoint and status')).toBeDefined();
    expect(titled('Poll: lag of the slowest connection')).toBeDefined();
  });

  it.each(searches)('searches under dimensions that functions write: %s', (expression) => {
    const [, schema = '', name = ''] =
      /\{KlaviyoBridge,(.+?)\} MetricName="(\w+)"/.exec(expression) ?? [];
    const { dimensions } = metricContracts[name as 'Jobs'];
    expect(schema.split(',')).toEqual(['stage', 'service', ...dimensions]);
  });
});
