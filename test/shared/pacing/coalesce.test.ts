import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { coalesce } from '../../../shared/pacing/coalesce.ts';
import { newLedger } from '../../../shared/pacing/ledger.ts';
import { expiriesAfter, type Reservation } from '../../../shared/pacing/reservations.ts';
import { encodeLedger } from '../../../shared/pacing/state-codec.ts';

const nowMs = 1_700_000_000_000;

const reservation = fc.record({
  expiresMs: fc.integer({ min: nowMs, max: nowMs + 90_000 }),
  count: fc.integer({ min: 1, max: 30 }),
  stepMs: fc.integer({ min: 0, max: 52_500 }),
});
/** As many as no sound process leaves behind, open and reported. */
const crowds = fc.tuple(
  fc.array(reservation, { maxLength: 90, size: 'max' }),
  fc.array(reservation, { maxLength: 90, size: 'max' }),
);
const crowdOf = ([reported, open]: readonly [Reservation[], Reservation[]]): Reservation[] => [
  ...reported,
  ...open.map((one, index) => ({ ...one, id: nowMs + index })),
];

describe('the reservations that a ledger remembers', () => {
  test('are few, and fit into its item, however many there were', () =>
    fc.assert(
      fc.property(crowds, (crowd) => {
        const reservations = coalesce(crowdOf(crowd));
        expect(reservations.filter(({ id }) => id === undefined).length).toBeLessThanOrEqual(32);
        expect(reservations.filter(({ id }) => id !== undefined).length).toBeLessThanOrEqual(32);
        const ledger = { ...newLedger(nowMs), lastId: nowMs + 100, reservations };
        expect(encodeLedger(ledger).length).toBeLessThan(4_000);
      }),
      { numRuns: 50 },
    ));

  test('hold all the permits that there were, none of them for less long', () =>
    fc.assert(
      fc.property(crowds, (crowd) => {
        const reservations = crowdOf(crowd);
        const before = expiriesAfter(reservations, 0);
        const after = expiriesAfter(coalesce(reservations), 0);
        expect(after).toHaveLength(before.length);
        expect(before.every((expiry, i) => expiry <= (after[i] ?? 0))).toBe(true);
      }),
      { numRuns: 50 },
    ));
});
