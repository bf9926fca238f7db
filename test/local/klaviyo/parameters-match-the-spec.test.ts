/** Query parameters and filters, both ways: what a specification declares is served, all else refused. */
import { describe, expect, test } from 'vitest';
import type { Route } from '../../../local/klaviyo/route.ts';
import { routes } from '../../../local/klaviyo/routes.ts';
import { specsAbsent } from '../../support/klaviyo-openapi.ts';
import { type Operation, readSpec, type Schema, specRevisions } from './published-spec.ts';
import { problemOf, startTestKlaviyo, testTimeMs } from './simulated-klaviyo.ts';

const routeOf = ({ method, path }: Operation): Route => {
  const route = routes.find((one) => one.method === method && one.path === path);
  if (!route) throw new Error(`no route for ${method} ${path}`);
  return route;
};

const operationsOf = (revision: string) =>
  readSpec(revision).operations.map((operation) => ({ operation, route: routeOf(operation) }));

const enumOf = ({ items = {}, ...schema }: Schema): readonly string[] =>
  (schema.enum ?? items.enum ?? []).map(String);

/** Every value that any revision declares for a parameter of an operation. */
const everDeclared = (endpoint: string, parameter: string): string[] =>
  specRevisions.flatMap((revision) =>
    operationsOf(revision)
      .filter(({ route }) => route.endpoint === endpoint)
      .flatMap(({ operation }) => operation.query.filter(({ name }) => name === parameter))
      .flatMap(({ schema }) => enumOf(schema)),
  );

/** `id`: `any`, `equals`, as the description of a filter lists them. */
const filtersOf = ({ query }: Operation): Map<string, string[]> => {
  const { description = '' } = query.find(({ name }) => name === 'filter') ?? {};
  const lines = description.split('<br>').flatMap((line) => {
    const [, field = '', operators = ''] = /^`([^`]+)`\s*:(.*)$/.exec(line.trim()) ?? [];
    const names = [...operators.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name);
    return field === '' ? [] : [[field, names] as const];
  });
  return new Map(lines);
};

const operators = [
  ...['equals', 'any', 'greater-than', 'greater-or-equal', 'less-than', 'less-or-equal', 'has'],
  'contains',
];

const sampleOf = (field: string, operator: string): string => {
  if (operator === 'has') return '';
  if (/created|updated|datetime|joined_group_at|timestamp$/.test(field) && field !== 'timestamp') {
    return ',2024-01-01T00:00:00Z';
  }
  if (field === 'timestamp') return ',1700000000';
  const value = field === 'status' ? '"queued"' : '"x"';
  return operator === 'any' && field !== 'status' ? `,[${value}]` : `,${value}`;
};

/** A time at which the revision is served as it is. */
const timeOf = (revision: string): number =>
  revision === '2023-10-15' ? Date.parse('2024-06-01T12:00:00Z') : testTimeMs;

describe.skipIf(specsAbsent !== undefined)(
  `parameters beside the published specifications ${specsAbsent ?? ''}`,
  () => {
    test.each(specRevisions)('%s: the same parameters are declared', (revision) => {
      for (const { operation, route } of operationsOf(revision)) {
        const ours = Object.entries(route.query ?? {})
          .filter(([, { since = '', until = '9' }]) => revision >= since && revision < until)
          .map(([name]) => name);
        const theirs = operation.query.map(({ name }) => name);
        expect([route.endpoint, ...ours.sort()]).toEqual([route.endpoint, ...theirs.sort()]);
      }
    });

    test.each(specRevisions)('%s: they take the same values', (revision) => {
      let checked = 0;
      for (const { operation, route } of operationsOf(revision)) {
        for (const { name, schema } of operation.query) {
          const declared = enumOf(schema);
          if (declared.length === 0) continue;
          const others = [...everDeclared(route.endpoint, name), 'nonsense'];
          const taken = [...new Set([...declared, ...others])].filter(
            (value) => route.query?.[name]?.problem(value, revision) === undefined,
          );
          expect([route.endpoint, name, ...taken.sort()]).toEqual([
            ...[route.endpoint, name],
            ...[...new Set(declared)].sort(),
          ]);
          checked += declared.length;
        }
      }
      expect(checked).toBeGreaterThan(100);
    });

    test.each(specRevisions)(
      '%s: they filter by the same fields and operators',
      async (revision) => {
        const { call, clock, simulator } = await startTestKlaviyo();
        clock.nowMs = timeOf(revision);
        const [listId = ''] = simulator.account().seedLists([{ name: 'News' }]);
        let checked = 0;
        for (const { operation, route } of operationsOf(revision)) {
          const declared = filtersOf(operation);
          for (const [field, allowed] of declared) {
            for (const operator of operators) {
              const query = { filter: `${operator}(${field}${sampleOf(field, operator)})` };
              const path = route.path.replace('{id}', listId);
              const answer = await call('GET', path, { revision, query });
              const where = `${route.endpoint} ${query.filter}`;
              expect([where, answer.status]).toEqual([
                where,
                allowed.includes(operator) ? 200 : 400,
              ]);
              if (answer.status === 400) {
                expect(problemOf(answer).detail).toContain(
                  `'${operator}' is not an allowed filter operator for ${field}.  Allowed operators are `,
                );
              }
              checked += 1;
            }
          }
        }
        expect(checked).toBeGreaterThan(100);
      },
    );
  },
);
