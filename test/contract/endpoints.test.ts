import { describe, expect, test } from 'vitest';
import { endpoints, retiresOn, tiers } from '../../shared/klaviyo/index.ts';
import { bodyValidator, operationOf, specs, specsAbsent } from '../support/klaviyo-openapi.ts';

const event = {
  metric: 'Placed Order',
  uniqueId: 'order-1',
  time: '2026-11-01T10:00:00Z',
  value: 9.99,
  valueCurrency: 'EUR',
  backfill: true,
  properties: { Items: [{ ProductName: 'Tea' }] },
};
const attributes = {
  email: 'ann@example.com',
  phone_number: '+31201234567',
  external_id: 'c1',
  first_name: null,
  location: { city: 'Delft', latitude: 52.01 },
  properties: { tier: 'gold' },
};
const eventProfile = { attributes: { email: 'ann@example.com' } };
const person = { email: 'ann@example.com', channels: ['email' as const] };

/** One full request for each operation. */
const samples: Record<keyof typeof endpoints, unknown> = {
  getAccounts: {},
  getProfile: { id: '01A', additionalFields: ['subscriptions', 'predictive_analytics'] },
  getProfiles: {
    filter: 'equals(id,"01A")',
    sort: 'updated',
    pageSize: 100,
    cursor: 'c',
    subscriptions: true,
  },
  getProfilesWithPredictiveAnalytics: { subscriptions: true },
  createProfile: { attributes },
  updateProfile: { id: '01A', attributes },
  getLists: { filter: 'equals(name,["News"])', cursor: 'c' },
  getProfilesForList: {
    listId: 'L1',
    filter: 'any(email,["a@example.com"])',
    pageSize: 100,
    cursor: 'c',
  },
  addProfilesToList: { listId: 'L1', profileIds: ['01A'] },
  removeProfilesFromList: { listId: 'L1', profileIds: ['01A'] },
  bulkSubscribeProfiles: {
    listId: 'L1',
    profiles: [{ ...person, profileId: '01A', consentedAt: '2024-01-01T00:00:00Z' }],
    customSource: 'Checkout',
    historicalImport: true,
  },
  bulkUnsubscribeProfiles: { listId: 'L1', profiles: [person] },
  createEvent: { event, profile: eventProfile },
  bulkCreateEvents: { groups: [{ profile: eventProfile, events: [event] }] },
  getEvents: { filter: 'equals(profile_id,"01A")', sort: '-datetime', cursor: 'c' },
};

const cases = specs.flatMap((spec) =>
  Object.entries(endpoints)
    .map(([name, endpoint]) => ({ spec, name: name as keyof typeof endpoints, endpoint }))
    .filter(({ endpoint }) => (endpoint.since ?? '') <= spec.info.version.slice(0, 10))
    .map((entry) => ({ ...entry, revision: spec.info.version.slice(0, 10) })),
);

const parseLimit = (text: string): number => Number(text.split('/')[0]);

describe.skipIf(specsAbsent)(
  `every endpoint record is Klaviyo's own (${specsAbsent ?? 'specs found'})`,
  () => {
    test.each(cases)(
      '$name at $revision: path, limits and scopes',
      ({ spec, endpoint, revision }) => {
        const operation = operationOf(spec, endpoint.method, endpoint.path);
        const limits = operation?.['x-klaviyo-ratelimit'];
        const { burst, steady } = tiers[endpoint.tier];
        expect(operation).toBeDefined();
        // The documented limit of a variant is in the prose alone; tier L rose to 750 a minute in 2026.
        if (!('variant' in endpoint && endpoint.variant))
          expect([parseLimit(limits?.burst ?? ''), parseLimit(limits?.steady ?? '')]).toEqual([
            burst,
            endpoint.tier === 'L' && revision >= '2026-01-15' ? 750 : steady,
          ]);
        const scopes = operation?.['x-klaviyo-scopes']?.map((scope) =>
          scope.replace(/^list:/, 'lists:'),
        );
        expect(endpoint.scopes.toSorted()).toEqual(scopes?.toSorted());
      },
    );

    test('all are named as Klaviyo names the operation in its latest revision', () => {
      for (const { spec, name, endpoint } of cases.filter((entry) => entry.spec === specs.at(-1))) {
        const id = operationOf(spec, endpoint.method, endpoint.path)?.operationId ?? '';
        const theirs = id.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());
        expect('variant' in endpoint ? name.split('With')[0] : name).toBe(theirs);
      }
    });

    test.each(cases)('$name at $revision: the request is valid, closed world', (entry) => {
      const { spec, name, endpoint, revision } = entry;
      const operation = operationOf(spec, endpoint.method, endpoint.path);
      // The first spec forgot to say that attributes may be null: it was corrected in 2024-02-15.
      const sample = JSON.stringify(samples[name]);
      const input = endpoint.input.parse(
        JSON.parse(revision < '2024-02-15' ? sample.replaceAll(':null', ':"x"') : sample),
      );
      const wire = endpoint.toWire(input as never, { named: revision, shape: revision });
      const declared = operation?.parameters?.filter((each) => each.in === 'query') ?? [];
      const names = declared.map((each) => each.name);
      expect(names).toEqual(
        expect.arrayContaining(
          Object.entries(wire.query ?? {}).flatMap(([key, value]) =>
            value === undefined ? [] : [key],
          ),
        ),
      );
      const validate = operation === undefined ? undefined : bodyValidator(spec, operation);
      expect(validate !== undefined).toBe(wire.body !== undefined);
      if (validate === undefined) return;
      const valid = validate(JSON.parse(JSON.stringify(wire.body)));
      expect({ valid, errors: validate.errors }).toEqual({ valid: true, errors: null });
    });
  },
);

test('a revision is retired two years after its release', () => {
  expect(retiresOn('2024-10-15')).toBe('2026-10-15');
});

test.each([
  ['2024-07-15', undefined],
  ['2025-01-15', { email: { marketing: { consent: 'UNSUBSCRIBED' } } }],
])('an unsubscription says what of only where the revision knows it: %s', (shape, expected) => {
  const input = endpoints.bulkUnsubscribeProfiles.input.parse({ listId: 'L1', profiles: [person] });
  const { body } = endpoints.bulkUnsubscribeProfiles.toWire(input, { named: shape, shape });
  expect(body).toMatchObject({
    data: { attributes: { profiles: { data: [{ attributes: { email: person.email } }] } } },
  });
  const found = JSON.stringify(body).match(/"subscriptions":(\{.*?\}\}\})/)?.[1];
  expect(found === undefined ? undefined : JSON.parse(found)).toEqual(expected);
});
