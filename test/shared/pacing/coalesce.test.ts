import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { coalesce } from '../../../shared/pacing/coalesce.ts';
import { newLedger } from '../../../shared/pacing/ledger.ts';
import { expiriesAfter, type Run } from '../../../shared/pacing/reservations.ts';
import { encodeLedger } from '../../../shared/pacing/state-codec.ts';

const nowMs = 1_700_000_000_000;

const run = fc.record({
  expiresMs: fc.integer({ min: nowMs, max: nowMs + 90_000 }),
  count: fc.integer({ min: 1, max: 30 }),
  stepMs: fc.integer({ min: 0, max: 52_500 }),
});
/** As many as no sound process leaves behind, open and settled. */
const crowds = fc.tuple(
  fc.array(run, { maxLength: 90, size: 'max' }),
  fc.array(run, { maxLength: 90, size: 'max' }),
);
const crowdOf = ([settled, open]: readonly [Run[], Run[]]): Run[] => [
  ...settled,
  ...open.map((one, index) => ({ ...one, id: nowMs + index })),
];

describe('the runs that a ledger remembers', () => {
  test('are few, and fit into its item, however many there were', () =>
    fc.assert(
      fc.property(crowds, (crowd) => {
        const runs = coalesce(crowdOf(crowd));
        expect(runs.filter(({ id }) => id === undefined).length).toBeLessThanOrEqual(32);
        expect(runs.filter(({ id }) => id !== undefined).length).toBeLessThanOrEqual(32);
        const ledger = { ...newLedger(nowMs), lastId: nowMs + 100, runs };
        expect(encodeLedger(ledger).length).toBeLessThan(4_000);
      }),
      { numRuns: 50 },
    ));

  test('hold all the permits that there were, none of them for less long', () =>
    fc.assert(
      fc.property(crowds, (crowd) => {
        const runs = crowdOf(crowd);
        const before = expiriesAfter(runs, 0);
        const after = expiriesAfter(coalesce(runs), 0);
        expect(after).toHaveLength(before.length);
        expect(before.every((expiry, i) => expiry <= (after[i] ?? 0))).toBe(true);
      }),
      { numRuns: 50 },
    ));
});
