import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  compareSourceTimes,
  repeatedSourceTime,
  sourceTimeOf,
} from '../../../shared/people/contract/source-times.ts';

const sentAtMs = Date.parse('2026-11-28T12:00:00Z');
const spanMs = 10 * 365 * 86_400_000;
const givenMs = fc.oneof(
  fc.integer({ min: sentAtMs - 200, max: sentAtMs + 120_000 }),
  fc.integer({ min: sentAtMs - spanMs, max: sentAtMs + spanMs }),
  fc.integer({ min: Date.parse('0000-01-01T00:00:00Z'), max: 0 }),
);

test('two statements that were sent at once are in the order that their source gives', () => {
  fc.assert(
    fc.property(givenMs, givenMs, (first, second) => {
      const [a, b] = [sourceTimeOf(first, sentAtMs), sourceTimeOf(second, sentAtMs)];
      expect(Math.sign(compareSourceTimes(a, b))).toBe(Math.sign(first - second));
    }),
  );
});

test('a statement is never later than one of a right clock that was sent two minutes after it', () => {
  fc.assert(
    fc.property(givenMs, (given) => {
      const later = sourceTimeOf(sentAtMs + 120_000, sentAtMs + 120_000);
      expect(compareSourceTimes(sourceTimeOf(given, sentAtMs), later)).toBeLessThan(0);
    }),
  );
});

test('a statement that is repeated in another job is as old as it was', () => {
  fc.assert(
    fc.property(givenMs, fc.integer({ min: 0, max: spanMs }), (given, laterMs) => {
      const said = sourceTimeOf(given, sentAtMs);
      const { occurredAt, firstSentAtMs = sentAtMs + laterMs } = repeatedSourceTime(said);
      expect(sourceTimeOf(Date.parse(occurredAt), firstSentAtMs)).toEqual(said);
      const { occurredAtMs, aheadMs } = said;
      const remembered = repeatedSourceTime({ occurredAtMs, aheadMs });
      const again = sourceTimeOf(
        Date.parse(remembered.occurredAt),
        remembered.firstSentAtMs ?? sentAtMs + laterMs,
      );
      expect(compareSourceTimes(again, said)).toBe(0);
    }),
  );
});
