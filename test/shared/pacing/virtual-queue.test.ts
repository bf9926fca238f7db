import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { paceOf } from '../../../shared/pacing/pace.ts';
import { openReservation } from '../../../shared/pacing/reservations.ts';
import { freeInstants, placeInVirtualQueue } from '../../../shared/pacing/virtual-queue.ts';

const everySecond = Array.from({ length: 60 }, (_, i) => i * 1_000);
const pace = paceOf('S', 1);

describe('places in the virtual queue', () => {
  test('follow the permits as they become free', () => {
    const reservations = [openReservation(1, 0, 60, pace.gapMs)];
    expect(freeInstants(reservations, pace, 48_000).slice(0, 3)).toEqual([60_300, 61_100, 61_900]);
    expect(freeInstants([], pace, 48_000).slice(0, 3)).toEqual([48_000, 48_800, 49_600]);
  });

  test('go round with every minute, a little slower', () => {
    const { deferredUntilMs, tailMs } = placeInVirtualQueue([0, 100, 200], 7, 1, 0);
    expect(deferredUntilMs).toEqual([0, 100, 200, 60_480, 60_580, 60_680, 120_960]);
    expect(tailMs).toBe(121_060);
  });

  test('are shared by a cohort of messages', () => {
    const { deferredUntilMs } = placeInVirtualQueue([0, 100, 200, 300, 400, 500], 5, 3, 100);
    expect(deferredUntilMs).toEqual([100, 100, 100, 400, 400]);
  });

  test('come after those that wait already, as soon as can be', () =>
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 10_000_000 }), (fromMs) => {
        const { deferredUntilMs, tailMs } = placeInVirtualQueue(everySecond, 1, 1, fromMs);
        const [untilMs = 0] = deferredUntilMs;
        expect(untilMs).toBeGreaterThanOrEqual(fromMs);
        expect(untilMs - fromMs).toBeLessThan(1_500);
        expect(tailMs).toBeGreaterThan(untilMs);
      }),
    ));
});
