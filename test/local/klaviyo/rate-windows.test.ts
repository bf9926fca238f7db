import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createRateWindows } from '../../../local/klaviyo/rate-windows.ts';

const limit = { burst: 3, steady: 5 };
const at = (alignment: 'epoch' | 'first-request', countRejected = false) =>
  createRateWindows({ limit, alignment, countRejected });

describe('two fixed windows at once', () => {
  test('the burst is refused until its second ends', () => {
    const windows = at('epoch');
    for (const remaining of [2, 1, 0]) {
      expect(windows.take(200)).toMatchObject({ allowed: true, burst: { remaining } });
    }
    expect(windows.take(900)).toEqual({
      allowed: false,
      window: 'burst',
      retryAfterMs: 100,
      retryAfterSeconds: 1,
    });
    expect(windows.take(1000)).toMatchObject({ allowed: true, burst: { remaining: 2 } });
  });

  test('the minute is refused until it ends, though the second has room', () => {
    const windows = at('epoch');
    for (const nowMs of [0, 1000, 2000, 3000, 4000]) windows.take(nowMs);
    expect(windows.take(5000)).toMatchObject({ window: 'steady', retryAfterSeconds: 55 });
    expect(windows.take(60_000)).toMatchObject({ allowed: true, steady: { remaining: 4 } });
  });

  test('windows open with the first call where they are not tied to the clock', () => {
    const windows = at('first-request');
    for (const nowMs of [700, 800, 900]) windows.take(nowMs);
    expect(windows.take(1100)).toMatchObject({ allowed: false, retryAfterMs: 600 });
    expect(windows.take(1700)).toMatchObject({ allowed: true, burst: { resetMs: 1000 } });
  });

  test('windows tied to the clock can be shifted', () => {
    const windows = createRateWindows({
      limit,
      alignment: 'epoch',
      countRejected: false,
      epochOffsetMs: 250,
    });
    expect(windows.take(1000)).toMatchObject({ burst: { resetMs: 250 } });
  });

  test('refused calls use up the minute where they count, and only there', () => {
    for (const [countRejected, allowed] of [
      [true, false],
      [false, true],
    ] as const) {
      const windows = at('epoch', countRejected);
      for (let call = 0; call < 5; call += 1) windows.take(0);
      expect(windows.take(1000).allowed).toBe(allowed);
    }
  });

  test('no window ever lets more calls through than its limit', async () => {
    const gaps = fc.array(fc.integer({ min: 0, max: 900 }), { maxLength: 200, size: 'max' });
    await fc.assert(
      fc.property(gaps, fc.boolean(), (gapsMs, countRejected) => {
        const windows = at('epoch', countRejected);
        const passed = new Map<string, number>();
        let nowMs = 0;
        for (const gapMs of gapsMs) {
          nowMs += gapMs;
          if (!windows.take(nowMs).allowed) continue;
          for (const lengthMs of [1000, 60_000]) {
            const key = `${lengthMs}@${Math.floor(nowMs / lengthMs)}`;
            passed.set(key, (passed.get(key) ?? 0) + 1);
          }
        }
        for (const [key, count] of passed) {
          expect(count).toBeLessThanOrEqual(key.startsWith('1000@') ? limit.burst : limit.steady);
        }
      }),
    );
  });
});
