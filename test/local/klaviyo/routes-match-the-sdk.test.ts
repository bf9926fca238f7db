/** Klaviyo's own SDK tells of every operation, those too that the specifications at hand leave out. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { limitOf } from '../../../local/klaviyo/rate-limiting.ts';
import type { Route } from '../../../local/klaviyo/route.ts';
import { routes } from '../../../local/klaviyo/routes.ts';

/** The revision that this SDK speaks. */
const revision = '2026-07-15';
const folder = new URL('../../../node_modules/klaviyo-api/dist/api/', import.meta.url);

interface SdkOperation {
  readonly endpoint: string;
  readonly scopes: readonly string[];
  readonly limits: readonly { readonly burst: number; readonly steady: number }[];
  /** The query parameters, each with the values that it takes; none: any. */
  readonly query: ReadonlyMap<string, readonly string[]>;
}

const all = (text: string, pattern: RegExp): string[] =>
  [...text.matchAll(pattern)].map(([, found = '']) => found);

const parameterPattern =
  /localVarQueryParameters\['([^']+)'\] = models_1\.ObjectSerializer\.serialize\([^,]+, "([^"]*)"\)/g;

const toOperation = (block: string): SdkOperation | undefined => {
  const path = /this\.basePath \+ '([^']+)'/.exec(block)?.[1];
  const method = /method: '([A-Z]+)'/.exec(block)?.[1];
  if (path === undefined || method === undefined) return undefined;
  const documentation = block.slice(0, block.indexOf('*/'));
  const steady = all(documentation, /Steady: `(\d+)\/m`/g).map(Number);
  const burst = all(documentation, /Burst: `(\d+)\/s`/g).map(Number);
  const scopes = /\*\*Scopes:\*\*((?:\s+`[a-z:-]+`)+)/.exec(documentation)?.[1] ?? '';
  const query = [...block.matchAll(parameterPattern)].map(
    ([, name = '', type = '']) => [name, all(type, /'([^']+)'/g)] as const,
  );
  return {
    endpoint: `${method} ${path}`,
    scopes: all(scopes, /`([^`]+)`/g),
    limits: burst.map((perSecond, index) => ({ burst: perSecond, steady: steady[index] ?? 0 })),
    query: new Map(query),
  };
};

const operations = new Map(
  readdirSync(folder)
    .filter((file) => file.endsWith('Api.js'))
    .flatMap((file) => readFileSync(new URL(file, folder), 'utf8').split(/^ {4}\/\*\*$/m))
    .flatMap((block) => toOperation(block) ?? [])
    .map((operation) => [operation.endpoint, operation]),
);

const operationOf = ({ endpoint }: Route): SdkOperation => {
  const operation = operations.get(endpoint);
  if (!operation) throw new Error(`the SDK has no ${endpoint}`);
  return operation;
};

const declared = ({ query = {} }: Route): string[] =>
  Object.entries(query)
    .filter(([, { since = '', until = '9' }]) => revision >= since && revision < until)
    .map(([name]) => name);

describe.each(routes.map((route) => [route.endpoint, route] as const))('%s', (_endpoint, route) => {
  const sdk = operationOf(route);

  test('asks for the same scopes', () => {
    expect([...route.scopes].sort()).toEqual([...sdk.scopes].sort());
  });

  test('has the same limit, and the same lower one', () => {
    const [usual, lowered] = sdk.limits;
    expect(limitOf(route.tier, revision)).toEqual(usual);
    expect(route.lowered && limitOf(route.lowered.tier, revision)).toEqual(lowered);
  });

  test('takes the same query parameters', () => {
    expect(declared(route).sort()).toEqual([...sdk.query.keys()].sort());
  });

  test('takes the same values of them', () => {
    for (const [name, values] of sdk.query) {
      const refused = values.filter(
        (value) => route.query?.[name]?.problem(value, revision) !== undefined,
      );
      expect([name, ...refused]).toEqual([name]);
      const problem = route.query?.[name]?.problem('nonsense', revision);
      expect([name, problem === undefined]).toEqual([
        name,
        values.length === 0 && name !== 'page[size]',
      ]);
    }
  });
});
