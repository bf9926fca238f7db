import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import { describe, expect, test } from 'vitest';
import { specsAbsent } from '../../support/klaviyo-openapi.ts';
import { type PublishedSpec, readSpec, type Schema, specRevisions } from './published-spec.ts';
import {
  type Answer,
  eventBody,
  profileBody,
  startTestKlaviyo,
  testTimeMs,
} from './simulated-klaviyo.ts';

/** A time at which the revision was served as it is, and did not fall forward. */
const timeOf = (revision: string): number =>
  revision === '2023-10-15' ? Date.parse('2024-06-01T12:00:00Z') : testTimeMs;

/**
 * Turns schemas of OpenAPI into JSON Schema, references into `$defs`. Null is let in where Klaviyo
 * sends it though its specification is silent: as the link to a page that does not exist, as a
 * channel that nobody has used, and, in the specifications before 2024-02-15, as any member that is
 * not required.
 */
const createConverter = (resolve: PublishedSpec['resolve'], lenient: boolean) => {
  const $defs: Record<string, object> = {};
  const orNull = (schema: object, condition: boolean): object =>
    condition ? { anyOf: [schema, { type: 'null' }] } : schema;
  const isAbsent = (name: string): boolean => ['next', 'prev', 'whatsapp'].includes(name);

  const convert = ({ $ref, ...schema }: Schema): object => {
    if ($ref === undefined) return convertPlain(schema);
    const name = $ref.split('/').at(-1) ?? '';
    if (!$defs[name]) {
      $defs[name] = {};
      $defs[name] = convert(resolve({ $ref }));
    }
    return { $ref: `#/$defs/${name}` };
  };

  const convertPlain = (schema: Schema): object => {
    const { nullable = false, properties = {}, items, allOf, oneOf, ...rest } = schema;
    const members = Object.entries(properties).map(([name, member]) => {
      const optional = !rest.required?.includes(name);
      const scalar = resolve(member).properties === undefined;
      const mayBeNull = isAbsent(name) || (lenient && (optional || scalar));
      return [name, orNull(convert(member), mayBeNull)];
    });
    const converted = {
      ...rest,
      properties: Object.fromEntries(members),
      ...(items && { items: convert(items) }),
      ...(allOf && { allOf: allOf.map(convert) }),
      ...(oneOf && { anyOf: oneOf.map(convert) }),
    };
    return orNull(converted, nullable);
  };
  return (schema: Schema): object => ({ ...convert(schema), $defs });
};

const createChecker = (revision: string) => {
  const { operations, resolve } = readSpec(revision);
  const ajv = new Ajv({
    strict: false,
    allErrors: true,
    validateSchema: false,
    addUsedSchema: false,
  });
  addFormats.default(ajv);
  const toJsonSchema = createConverter(resolve, revision < '2024-02-15');
  return (endpoint: string, answer: Answer): void => {
    const operation = operations.find(({ method, path }) => `${method} ${path}` === endpoint);
    expect([...(operation?.answers.keys() ?? [])], endpoint).toContain(answer.status);
    const schema = operation?.answers.get(answer.status);
    if (!schema) {
      expect(answer.text, endpoint).toBe('');
      return;
    }
    const validate = ajv.compile(toJsonSchema(schema));
    validate(answer.body);
    expect(validate.errors ?? [], endpoint).toEqual([]);
  };
};

describe.skipIf(specsAbsent !== undefined)(
  `answers beside the published specifications ${specsAbsent ?? ''}`,
  () => {
    test.each(specRevisions)(
      '%s: every operation answers in its declared form',
      async (revision) => {
        const { call, simulator, clock } = await startTestKlaviyo();
        clock.nowMs = timeOf(revision);
        const check = createChecker(revision);
        const account = simulator.account();
        const [listId = ''] = account.seedLists([{ name: 'News' }]);
        const [member = '', other = ''] = account.seedProfiles([
          {
            attributes: {
              email: 'a@example.com',
              phone_number: '+12025550123',
              location: { city: 'Bonn', latitude: 50.7 },
              properties: { size: 'M' },
            },
            lists: [listId],
            subscribed: ['email', 'sms'],
          },
          { attributes: { external_id: 'c1' } },
        ]);
        const checked: string[] = [];
        const ask = async (endpoint: string, path: string, body?: unknown) => {
          const [method = ''] = endpoint.split(' ');
          const encoded = path.replaceAll('[', '%5B').replaceAll(']', '%5D');
          const answer = await call(method, encoded, {
            revision,
            ...(body !== undefined && { body }),
          });
          check(endpoint, answer);
          checked.push(endpoint);
          return answer;
        };
        const everything = 'additional-fields[profile]=subscriptions,predictive_analytics';
        const members = `/api/lists/${listId}/relationships/profiles`;
        const row = { data: [{ type: 'profile', id: other }] };

        await ask('POST /api/events', '/api/events', eventBody({ value: 5, unique_id: 'o1' }));
        await ask('GET /api/accounts', '/api/accounts');
        await ask('GET /api/profiles/{id}', `/api/profiles/${member}?include=lists&${everything}`);
        await ask('GET /api/profiles/{id}', `/api/profiles/${other}`);
        await ask('GET /api/profiles', `/api/profiles?page[size]=1&${everything}`);
        await ask('POST /api/profiles', '/api/profiles', profileBody({ email: 'n@example.com' }));
        const patch = profileBody({ title: 'Dr' }, { id: member });
        await ask('PATCH /api/profiles/{id}', `/api/profiles/${member}`, patch);
        await ask('GET /api/lists', '/api/lists?include=tags');
        await ask('GET /api/lists/{id}/profiles', `/api/lists/${listId}/profiles?${everything}`);
        await ask('POST /api/lists/{id}/relationships/profiles', members, row);
        await ask('DELETE /api/lists/{id}/relationships/profiles', members, row);
        await ask('GET /api/events', '/api/events?include=metric,profile');
        if (revision >= '2024-02-15') {
          const imported = profileBody({ email: 'n@example.com' });
          await ask('POST /api/profile-import', '/api/profile-import', imported);
        }
        expect(new Set(checked).size).toBe(revision >= '2024-02-15' ? 12 : 11);
      },
    );
  },
);
