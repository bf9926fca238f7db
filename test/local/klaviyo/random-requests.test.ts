/** Random bodies and queries at each revision's own shape: what is declared is never refused for it. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import type { Route } from '../../../local/klaviyo/route.ts';
import { routes } from '../../../local/klaviyo/routes.ts';
import { specsAbsent } from '../../support/klaviyo-openapi.ts';
import { arbitraryOf, choicesOf } from './arbitrary-requests.ts';
import { readSpec, specRevisions } from './published-spec.ts';
import { type Answer, startTestKlaviyo } from './simulated-klaviyo.ts';

const revisions = [
  ...['2023-10-15', '2023-12-15', '2024-02-15', '2024-05-15', '2024-06-15', '2024-07-15'],
  ...['2024-10-15', '2025-01-15', '2025-04-15', '2025-07-15', '2025-10-15', '2026-01-15'],
  ...['2026-04-15', '2026-07-15', '2026-10-15'],
];

const presentAt = (revision: string): Route[] =>
  routes.filter(({ since = '' }) => revision >= since);

/** What only a wrong shape is told: an unknown member, a missing one, one of another type. */
const aboutShape =
  /is not a valid field for the resource|is a required field for the resource|^Invalid (input|option)/;

const shapeProblems = ({ body, status }: Answer): string[] =>
  status < 400 ? [] : body.errors.map(({ detail }) => detail).filter((one) => aboutShape.test(one));

/** A simulator in which the ids that requests name exist, at a time when the revision is served. */
const start = async (revision: string) => {
  const klaviyo = await startTestKlaviyo();
  klaviyo.clock.nowMs = Date.parse(`${revision}T00:00:00Z`) + 24 * 3600 * 1000;
  const account = klaviyo.simulator.account();
  const [listId = ''] = account.seedLists([{ name: 'News' }]);
  const [profileId = ''] = account.seedProfiles([
    { attributes: { email: 'known@example.com', properties: { a: 1 } }, lists: [listId] },
  ]);
  const ids = { list: listId, profile: profileId };
  const pathOf = ({ path }: Route) =>
    path.replace(/\{\w+\}/, path.startsWith('/api/lists') ? listId : profileId);
  const send = (route: Route, request: { body?: unknown; query?: Record<string, string> }) =>
    klaviyo.call(route.method, pathOf(route), { ...request, revision });
  return { send, ids };
};

/** The places in a body that are resources: what they may hold is declared. */
function* resourcesIn(value: unknown, path = ''): Generator<[string, Record<string, unknown>]> {
  if (typeof value !== 'object' || value === null) return;
  if ('type' in value && 'attributes' in value) yield [path, Object(value)];
  for (const [name, inner] of Object.entries(value)) {
    if (['properties', 'tokens', 'patch_properties'].includes(name)) continue;
    yield* resourcesIn(inner, `${path}/${name}`);
  }
}

const withUnknownField = (body: unknown, at: number) => {
  const copy: unknown = structuredClone(body);
  const places = [...resourcesIn(copy)];
  const [path, resource] = places[at % places.length] ?? ['', Object(copy)];
  resource.unknown_field = 1;
  return { body: copy, pointer: `${path}/unknown_field` };
};

/** Some 40 operations in 15 revisions: a few each are hundreds, and differ from run to run. */
const perRoute = { numRuns: 6 };
const timeoutMs = 120_000;

describe.each(revisions)('%s', (revision) => {
  test(
    'bodies in its shape are never refused for it, and none fails',
    async () => {
      const { send, ids } = await start(revision);
      for (const route of presentAt(revision)) {
        if (!route.body) continue;
        const schema = z.toJSONSchema(route.body(revision), { io: 'input' });
        const bodies = arbitraryOf(Object(schema), { ids });
        const property = fc.asyncProperty(bodies, fc.nat(20), async (body, at) => {
          const answer = await send(route, { body });
          expect([route.endpoint, ...shapeProblems(answer)]).toEqual([route.endpoint]);
          expect(answer.status).toBeLessThan(500);
          const extended = withUnknownField(body, at);
          const refused = await send(route, { body: extended.body });
          const pointers = refused.body.errors.map(({ source }) => source);
          expect([route.endpoint, refused.status]).toEqual([route.endpoint, 400]);
          expect(pointers).toContainEqual({ pointer: extended.pointer });
        });
        await fc.assert(property, perRoute);
      }
    },
    timeoutMs,
  );

  test(
    'its parameters are served in any combination',
    async () => {
      const { send } = await start(revision);
      for (const route of presentAt(revision)) {
        if (route.method !== 'GET') continue;
        const property = fc.asyncProperty(choicesOf(route, revision), async (query) => {
          const answer = await send(route, { query });
          const known = [200, 404].includes(answer.status) || /Invalid Event ID/.test(answer.text);
          expect([route.endpoint, query, known]).toEqual([route.endpoint, query, true]);
        });
        await fc.assert(property, perRoute);
      }
    },
    timeoutMs,
  );
});

describe.skipIf(specsAbsent !== undefined)(
  `bodies of the published specifications ${specsAbsent ?? ''}`,
  () => {
    test.each(specRevisions)(
      '%s: are taken by their shape',
      async (revision) => {
        const { send, ids } = await start(revision);
        const { operations, resolve } = readSpec(revision);
        for (const { method, path, body } of operations) {
          const route = routes.find((one) => one.endpoint === `${method} ${path}`);
          if (!body || !route) continue;
          const property = fc.asyncProperty(arbitraryOf(body, { ids, resolve }), async (random) => {
            const answer = await send(route, { body: random });
            expect([route.endpoint, ...shapeProblems(answer)]).toEqual([route.endpoint]);
          });
          await fc.assert(property, { numRuns: 40 });
        }
      },
      timeoutMs,
    );
  },
);
