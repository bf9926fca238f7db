import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { applyReceipt, expiriesAfter, prune } from '../../../shared/pacing/reservations.ts';

const reservation = fc.record(
  {
    id: fc.integer({ min: 1, max: 1_000_000 }),
    expiresMs: fc.integer({ min: 1_000_000, max: 1_071_000 }),
    count: fc.integer({ min: 1, max: 30 }),
    stepMs: fc.integer({ min: 1, max: 4_000 }),
  },
  { requiredKeys: ['expiresMs', 'count', 'stepMs'] },
);
const reservations = fc.uniqueArray(reservation, {
  maxLength: 90,
  size: 'max',
  selector: ({ id }) => id ?? {},
});

const answers = fc.array(fc.integer({ min: 0, max: 30_000 }), { minLength: 1, maxLength: 40 });

describe('reservations of permits', () => {
  test('lose exactly the permits that have ceased to count', () =>
    fc.assert(
      fc.property(reservations, fc.integer({ min: 990_000, max: 1_100_000 }), (before, nowMs) => {
        expect(expiriesAfter(prune(before, nowMs), 0)).toEqual(expiriesAfter(before, nowMs));
      }),
    ));

  test('count, once reported, for a minute after each answer', () =>
    fc.assert(
      fc.property(answers, fc.integer({ min: 1, max: 4_000 }), (answeredMs, gapMs) => {
        const open = [{ id: 7, expiresMs: 71_000, count: 40, stepMs: gapMs }];
        const receipt = { id: 7, firstMs: 0, gapMs, answeredMs, unansweredMs: [] };
        const expiries = expiriesAfter(applyReceipt(open, receipt), 0);
        const due = answeredMs.toSorted((a, b) => a - b).map((atMs) => atMs + 60_000);
        expect(expiries.length).toBe(due.length);
        expect(due.filter((dueMs, i) => (expiries[i] ?? 0) < dueMs)).toEqual([]);
      }),
    ));
});
