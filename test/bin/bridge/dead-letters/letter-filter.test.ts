import { describe, expect, test } from 'vitest';
import { toDeadLetter } from '../../../../bin/bridge/dead-letters/dead-letter.ts';
import {
  isNarrowed,
  type LetterFilter,
  matches,
  parseInstant,
} from '../../../../bin/bridge/dead-letters/letter-filter.ts';

const givenUpAtMs = Date.parse('2026-03-01T12:00:00Z');

const letterOf = (attributes: Record<string, string>) =>
  toDeadLetter('customers', [
    {
      id: '3f2c9a51-0000-4000-8000-000000000000',
      receiptHandle: 'r',
      body: '{}',
      groupId: 'acme',
      attributes,
      sentAtMs: givenUpAtMs,
    },
  ]);

describe('a filter takes what it names', () => {
  test.each<[LetterFilter, boolean]>([
    [{}, true],
    [{ reason: ['gave_up'] }, true],
    [{ reason: ['invalid_json', 'gave_up'] }, true],
    [{ reason: ['invalid_json'] }, false],
    [{ connection: 'acme' }, true],
    [{ connection: 'acm' }, false],
    [{ since: givenUpAtMs }, true],
    [{ since: givenUpAtMs + 1 }, false],
    [{ until: givenUpAtMs }, false],
    [{ until: givenUpAtMs + 1 }, true],
    [{ ids: ['3f2c9a51'] }, true],
    [{ ids: ['00000000', '3f2c9a51-0000'] }, true],
    [{ ids: ['00000000'] }, false],
    [{ ids: ['3f2c9a51'], reason: ['invalid_json'] }, false],
  ])('%o', (filter, expected) => {
    expect(matches(letterOf({ reason: 'gave_up' }), filter)).toBe(expected);
  });
});

test('a letter without a reason was moved by SQS', () => {
  expect(matches(letterOf({}), { reason: ['moved_by_sqs'] })).toBe(true);
  expect(matches(letterOf({}), { reason: ['gave_up'] })).toBe(false);
});

test('only what names something narrows down', () => {
  expect(isNarrowed({ ids: [] })).toBe(false);
  expect(isNarrowed({ ids: ['3f2c9a51'] })).toBe(true);
  expect(isNarrowed({ queue: ['customers'] })).toBe(true);
  expect(isNarrowed({ since: 0 })).toBe(true);
});

test('instants are dates, or so long ago', () => {
  expect(parseInstant('2026-03-01T12:00:00Z')).toBe(givenUpAtMs);
  expect(parseInstant('2026-03-01T13:00:00+01:00')).toBe(givenUpAtMs);
  expect(parseInstant('90s', 100_000)).toBe(10_000);
  expect(parseInstant('30m', 1_800_000)).toBe(0);
  expect(parseInstant('2h', 7_200_000)).toBe(0);
  expect(parseInstant('3d', 259_200_000)).toBe(0);
});

test.each(['yesterday', '2h30m', '12:00', '', '2026-13-01', '5'])('%o is no instant', (text) => {
  expect(() => parseInstant(text)).toThrow('must be a time such as');
});
