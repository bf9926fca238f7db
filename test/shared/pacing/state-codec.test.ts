import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Ledger } from '../../../shared/pacing/ledger.ts';
import { paceOf } from '../../../shared/pacing/pace.ts';
import { decodeLedger, encodeLedger } from '../../../shared/pacing/state-codec.ts';
import { playLedger } from '../../support/random-ledger.ts';

const instant = fc.integer({ min: 0, max: 4_000_000_000_000 });
const reservation = fc.record(
  {
    id: fc.integer({ min: 1_600_000_000_000, max: 1_800_000_000_000 }),
    expiresMs: instant,
    count: fc.integer({ min: 1, max: 3_500 }),
    stepMs: fc.integer({ min: 0, max: 70_000 }),
  },
  { requiredKeys: ['expiresMs', 'count', 'stepMs'] },
);
const ledgers: fc.Arbitrary<Ledger> = fc.record({
  nextMs: instant,
  blockedUntilMs: instant,
  lastId: fc.integer({ min: 1_600_000_000_000, max: 1_800_000_000_000 }),
  freshTailMs: instant,
  returningTailMs: instant,
  tailSteady: fc.integer({ min: 0, max: 3_500 }),
  outsideUsage: fc.record({ level: fc.integer({ min: 0, max: 10_000 }), atMs: instant }),
  markedMs: instant,
  reservations: fc.array(reservation, { maxLength: 64, size: 'max' }),
});

const histories = fc.record({
  seed: fc.integer(),
  tier: fc.constantFrom('XS', 'S', 'M', 'L', 'XL'),
  mostWanted: fc.constantFrom(1, 3, 40),
});

describe('the form of a stored ledger', () => {
  test('loses nothing', () =>
    fc.assert(
      fc.property(ledgers, (ledger) => {
        expect(decodeLedger(encodeLedger(ledger))).toEqual(ledger);
      }),
    ));

  test('stays under 4 KB, however small the reservations', () =>
    fc.assert(
      fc.property(histories, ({ tier, ...history }) => {
        const { ledgers } = playLedger({ pace: paceOf(tier, 1), steps: 250, ...history });
        const sizes = ledgers.map((ledger) => encodeLedger(ledger).length);
        expect(Math.max(...sizes)).toBeLessThan(1_500);
      }),
      { numRuns: 60 },
    ));

  test.each([
    '',
    '0|a|b',
    '1|1|2|3',
    '1|1|1|1|1|1|1|1|1|',
    '2|1|1|1|1|1|1|1|1|1|',
    '1|z|!|1|1|1|1|1|1|1|',
    '1|a|a|a|a|a|a|a|a|a|1,2',
    '1|a|a|a|a|a|a|a|a|a|0,zzzzzzzz,0',
    '1|a|a|a|a|a|a|a|a|a|0,-1,0',
    `1|${'z'.repeat(400)}|a|a|a|a|a|a|a|a|`,
  ])('is not taken for another: %j is refused', (state) => {
    expect(() => decodeLedger(state)).toThrow('the state of a quota ledger');
  });
});
