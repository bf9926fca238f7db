import { describe, expect, test } from 'vitest';
import {
  bodyOf,
  toCustomerChanged,
  updatedMsOf,
} from '../../../../functions/poll/rules/to-customer-changed.ts';
import { customerChanged, maxMessageBytes } from '../../../../shared/jobs/contract/messages.ts';
import { fieldsShown } from '../../../../shared/people/contract/known-fields.ts';

const updatedMs = Date.parse('2026-11-23T12:00:00Z');

const changed = (attributes: Record<string, unknown>) => ({
  profile: { id: '01A', attributes: { email: 'ann@example.com', ...attributes } },
  updatedMs,
  fields: fieldsShown(attributes),
});
const message = (attributes: Record<string, unknown> = {}) =>
  toCustomerChanged('acme', changed(attributes), null);

describe('the id of a change', () => {
  test('is the same however often the change is seen, whatever the order of its fields', () => {
    const one = message({ properties: { a: 1, b: 2 }, last_event_date: '2026-11-01T00:00:00Z' });
    const again = message({ last_event_date: '2026-11-02T00:00:00Z', properties: { b: 2, a: 1 } });
    expect(again.changeId).toBe(one.changeId);
  });

  test('differs for another state of the same second, and for another connection', () => {
    const ids = [
      message({ first_name: 'Ann' }).changeId,
      message({ first_name: 'Anna' }).changeId,
      message({ first_name: 'Ann', predictive_analytics: { total_clv: 1 } }).changeId,
      toCustomerChanged('other', changed({ first_name: 'Ann' }), null).changeId,
    ];
    expect(new Set(ids).size).toBe(4);
  });
});

test.each([undefined, null, '', 'soon', '2026-13-45'])(
  'a profile whose time of change is %s was changed when its caller says',
  (updated) => {
    const profile = { id: '01A', attributes: { updated } };
    const changedMs = updatedMsOf(profile, updatedMs);
    const { changedAt } = toCustomerChanged('acme', { ...changed({}), updatedMs: changedMs }, null);
    expect(changedAt).toBe('2026-11-23T12:00:00.000Z');
  },
);

describe('a body', () => {
  const bytesOf = (body: string) => Buffer.byteLength(body);
  const read = (body: string) => customerChanged.parse(JSON.parse(body));
  const text = (length: number) => 'é'.repeat(length / 2);

  test('holds all of a profile that fits', () => {
    const body = bodyOf(message({ properties: { text: text(maxMessageBytes - 1_000) } }));
    expect(bytesOf(body)).toBeLessThanOrEqual(maxMessageBytes);
    expect(read(body)).not.toHaveProperty('propertiesOmitted');
  });

  test('goes without properties where it would be too large, and says so', () => {
    const body = bodyOf(
      message({ first_name: 'Ann', properties: { text: text(maxMessageBytes) } }),
    );
    expect(read(body)).toMatchObject({
      propertiesOmitted: true,
      profile: { attributes: { email: 'ann@example.com', first_name: 'Ann' } },
    });
    expect(read(body).profile.attributes).not.toHaveProperty('properties');
  });

  test('says at least who it is about, however large the rest', () => {
    const body = bodyOf(message({ organization: text(maxMessageBytes), phone_number: '+3120' }));
    expect(bytesOf(body)).toBeLessThan(maxMessageBytes);
    expect(read(body).profile.attributes).toEqual({
      email: 'ann@example.com',
      phone_number: '+3120',
    });
  });

  test('holds no character that SQS refuses, and loses none', () => {
    const odd = 'a\u0000b\ufffec\uffffd\ud800e\u001f👋';
    const body = bodyOf(message({ first_name: odd }));
    // The characters that SQS takes: https://www.w3.org/TR/REC-xml/#charsets
    expect(body).toMatch(/^[\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]*$/u);
    expect(read(body).profile.attributes.first_name).toBe(odd);
  });
});
