import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { limitOf } from '../../../local/klaviyo/rate-limiting.ts';
import type { Route } from '../../../local/klaviyo/route.ts';
import { routes } from '../../../local/klaviyo/routes.ts';
import { specsAbsent } from '../../support/klaviyo-openapi.ts';
import { type PublishedSpec, readSpec, type Schema, specRevisions } from './published-spec.ts';

const present = (route: Route, revision: string): boolean => revision >= (route.since ?? '');

/** What is inside a place, whichever way the schema puts it together. */
const parts = (schema: Schema, resolve: PublishedSpec['resolve']): Schema[] => {
  const { allOf = [], oneOf = [], ...own } = resolve(schema);
  return [own, ...[...allOf, ...oneOf].flatMap((part) => parts(part, resolve))];
};

/** Every member of a body by its path, and whether it is required. */
const membersOf = (schema: Schema, resolve: PublishedSpec['resolve'], path = ''): string[] =>
  parts(schema, resolve).flatMap(({ properties = {}, required = [], items }) => [
    ...(items ? membersOf(items, resolve, `${path}[]`) : []),
    ...Object.entries(properties).flatMap(([name, inner]) => {
      const place = `${path}/${name}`;
      return [
        `${place}${required.includes(name) ? ' *' : ''}`,
        ...membersOf(inner, resolve, place),
      ];
    }),
  ]);

/** The simulator does not look into the tokens of a push channel. */
const lookedAt = (member: string): boolean => !member.includes('/tokens[]');

const isNever = (schema: unknown): boolean => JSON.stringify(schema) === '{"not":{}}';

/** A schema of ours in the form above: without the members that this revision lacks. */
const declared = (schema: z.core.JSONSchema.BaseSchema): Schema => {
  const { properties = {}, required = [], items, anyOf = [] } = schema;
  const own = Object.entries(properties).filter(([, inner]) => !isNever(inner));
  const inner = Object.entries(Object.fromEntries(own)).map(([name, value]) => [
    name,
    declared(Object(value)),
  ]);
  return {
    properties: Object.fromEntries(inner),
    required,
    ...(items && { items: declared(Object(items)) }),
    oneOf: anyOf.map((part) => declared(Object(part))),
  };
};

const sorted = (members: readonly string[]): string[] => [...new Set(members)].sort();

describe.skipIf(specsAbsent !== undefined)(
  `routes beside the published specifications ${specsAbsent ?? ''}`,
  () => {
    test.each(specRevisions)('%s: paths, scopes and limits are the same', (revision) => {
      const facts = ({ method, path, scopes, limit }: Omit<Route, 'tier'> & { limit: unknown }) =>
        JSON.stringify([method, path, [...scopes].sort(), limit]);
      const { operations } = readSpec(revision);
      const ours = routes
        .filter((route) => present(route, revision))
        .filter(({ endpoint }) =>
          operations.some(({ method, path }) => `${method} ${path}` === endpoint),
        )
        .map((route) => facts({ ...route, limit: limitOf(route.tier, revision) }));
      const theirs = operations.map(({ method, path, scopes, limit }) =>
        JSON.stringify([method, path, [...scopes].sort(), limit]),
      );
      expect(ours.sort()).toEqual(theirs.sort());
    });

    test.each(specRevisions)(
      '%s: bodies hold the same members, and require the same',
      (revision) => {
        const { operations, resolve } = readSpec(revision);
        const bodies = routes.filter((route) => route.body && present(route, revision));
        for (const { body, endpoint } of bodies) {
          const theirs = operations.find(
            ({ method, path }) => `${method} ${path}` === endpoint,
          )?.body;
          // Left out of the files at hand.
          if (!theirs) continue;
          const ours = body && declared(z.toJSONSchema(body(revision), { io: 'input' }));
          const shown = (schema: Schema = {}) =>
            sorted(membersOf(schema, resolve).filter(lookedAt));
          expect([endpoint, ...shown(ours)]).toEqual([endpoint, ...shown(theirs)]);
        }
        expect(bodies.length).toBeGreaterThan(6);
      },
    );
  },
);
