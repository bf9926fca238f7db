import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  fieldsKnown,
  fieldsShown,
  withFieldsSent,
} from '../../../shared/people/contract/known-fields.ts';

const seconds = (n: number) => 1_700_000_000_000 + n * 1_000;
type Attributes = Record<string, unknown>;

/** What the other system knows, after it was told `told` and sent the writes, as Klaviyo shows `shown`. */
const isKnown = (
  told: { readonly state: Attributes; readonly at: number } | undefined,
  writes: readonly (readonly [Attributes, number])[],
  shown: { readonly state: Attributes; readonly at: number },
): boolean => {
  const sent = writes.reduce<string | undefined>(
    (before, [attributes, at]) => withFieldsSent(before, attributes, seconds(at)),
    undefined,
  );
  const fields = fieldsShown(shown.state);
  const before = told && { fields: fieldsShown(told.state), updatedMs: seconds(told.at) };
  return fieldsKnown(before, sent, { fields, updatedMs: seconds(shown.at) }) === fields;
};

const value = fc.constantFrom('a', 'b', null);
const attributes = fc.record(
  { first_name: value, title: value, properties: fc.dictionary(fc.constantFrom('x', 'y'), value) },
  { requiredKeys: [] },
);

/** The attributes with a write laid over them, as Klaviyo does it. */
const written = (state: Attributes, write: Attributes): Attributes => ({
  ...state,
  ...write,
  properties: { ...(state.properties as object), ...(write.properties as object) },
});

describe('a state of a profile', () => {
  test('is known after any writes of our own to what was told', () => {
    const history = fc.record({
      told: attributes,
      before: fc.array(attributes, { maxLength: 3 }),
      since: fc.array(attributes, { maxLength: 3 }),
    });
    fc.assert(
      fc.property(history, ({ told, before, since }) => {
        const state = since.reduce<Attributes>(written, told);
        const writes = [
          ...before.map((write, n) => [write, n] as const), // part of what was told at second 10
          ...since.map((write, n) => [write, 11 + n] as const),
        ];
        return isKnown({ state: told, at: 10 }, writes, { state, at: 20 });
      }),
    );
  });

  test('is news when anybody else has changed it, before or after our own write', () => {
    const history = fc.record({ told: attributes, write: attributes, foreignFirst: fc.boolean() });
    fc.assert(
      fc.property(history, ({ told, write, foreignFirst }) => {
        const foreign = { last_name: 'theirs' };
        const [first, second] = foreignFirst ? [foreign, write] : [write, foreign];
        const state = written(written(told, first), second);
        return !isKnown({ state: told, at: 10 }, [[write, 15]], { state, at: 20 });
      }),
    );
  });

  test('is news when our own write was taken back: it is what was told, not what was sent', () => {
    const told = { state: { first_name: 'a' }, at: 10 };
    const shown = { state: { first_name: 'a' }, at: 20 };
    expect(isKnown(told, [[{ first_name: 'b' }, 15]], shown)).toBe(false);
  });

  test('is known where our later write has overwritten what it shows', () => {
    const told = { state: { first_name: 'a' }, at: 10 };
    const shown = { state: { first_name: 'b' }, at: 15 };
    expect(isKnown(told, [[{ first_name: 'c' }, 16]], shown)).toBe(true);
    expect(isKnown(told, [[{ title: 'c' }, 16]], shown)).toBe(false);
  });

  test('of a profile that we created is known, nothing ever having been told of it', () => {
    const sent = { first_name: 'Ann', email: 'Ann@Example.com', properties: { a: 1, gone: null } };
    const shown = {
      ...sent,
      email: 'ann@example.com',
      properties: { a: 1 },
      last_name: null,
      location: {},
      created: '2026-11-23T12:00:00+00:00',
      updated: '2026-11-23T12:00:00+00:00',
      subscriptions: {
        email: {
          marketing: {
            can_receive_email_marketing: true,
            consent: 'NEVER_SUBSCRIBED',
            consent_timestamp: null,
            double_optin: false,
            suppression: [],
          },
        },
      },
    };
    expect(isKnown(undefined, [[sent, 15]], { state: shown, at: 15 })).toBe(true);
    const subscribed = {
      ...shown,
      subscriptions: { email: { marketing: { consent: 'SUBSCRIBED' } } },
    };
    expect(isKnown(undefined, [[sent, 15]], { state: subscribed, at: 15 })).toBe(false);
  });
});

describe('what Klaviyo derives', () => {
  const sent = { email: 'ann@example.com', first_name: 'Ann', properties: { size: 'M' } };
  const derived = {
    ...sent,
    anonymous_id: '01ABC',
    whatsapp_bsuid: 'US.1',
    hashed_email: 'f1e2',
    hashed_phone_number: 'a3b4',
    last_event_date: '2026-11-23T12:00:00+00:00',
    predictive_analytics: { predicted_clv: 12, discount_affinity: 'high' },
    of_a_later_revision: { anything: true },
    properties: {
      ...sent.properties,
      $consent: ['email'],
      $consent_timestamp: '2026-11-23 12:00:00.000000+00:00',
      $source: 'till',
      $sms_consent_method: 'API',
      $event_id: 'o1',
      company_id: 'ACC001',
    },
  };
  const known = (state: Attributes) => {
    const fieldsSent = withFieldsSent(undefined, sent, seconds(15));
    const fields = fieldsShown(state, 'ACC001');
    return fieldsKnown(undefined, fieldsSent, { fields, updatedMs: seconds(15) }) === fields;
  };

  test('is no news beside our own write', () => {
    expect(known(derived)).toBe(true);
  });

  test.each([
    ['an attribute', { ...derived, last_name: 'Theirs' }],
    ['a property', { ...derived, properties: { ...derived.properties, size: 'L' } }],
    ['a new property', { ...derived, properties: { ...derived.properties, company_id: 'Theirs' } }],
    [
      'a consent',
      { ...derived, subscriptions: { email: { marketing: { consent: 'SUBSCRIBED' } } } },
    ],
  ])("hides no edit of a person's in the same second: %s", (_what, state) => {
    expect(known(state)).toBe(false);
  });

  test('includes text without the blanks around it', () => {
    const padded = { first_name: ' Ann ', location: { city: 'Bonn ', latitude: 50.7 } };
    const fieldsSent = withFieldsSent(undefined, padded, seconds(15));
    const fields = fieldsShown({ first_name: 'Ann', location: { city: 'Bonn', latitude: '50.7' } });
    expect(fieldsKnown(undefined, fieldsSent, { fields, updatedMs: seconds(15) })).toBe(fields);
  });
});

test('what is kept of a state shows nothing of it, and stays small', () => {
  const properties = Object.fromEntries(
    Array.from({ length: 400 }, (_, n) => [`property ${n}`, `secret ${n}`]),
  );
  const fields = fieldsShown({ email: 'ann@example.com', first_name: 'Ann', properties });
  expect(fields).toMatch(/^[A-Za-z0-9_-]+$/);
  expect(fields).not.toContain('Ann');
  expect(fields.length).toBe(402 * 14);
});

test('an event alone is no change of a person', () => {
  const state = { email: 'ann@example.com', last_event_date: '2026-11-23T12:00:00+00:00' };
  expect(fieldsShown({ ...state, last_event_date: '2026-11-24T12:00:00+00:00' })).toBe(
    fieldsShown(state),
  );
});
