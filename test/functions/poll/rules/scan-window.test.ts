import { describe, expect, test } from 'vitest';
import { isDue, lagMs, scanWindow } from '../../../../functions/poll/rules/scan-window.ts';
import { connectionSettings } from '../../../../shared/connections/contract.ts';

const settingsOf = (settings: Record<string, unknown> = {}) =>
  connectionSettings.parse({
    connectionId: 'acme',
    status: 'connected',
    auth: 'private_key',
    ...settings,
  });
const at = (time: string) => Date.parse(`2026-11-23T${time}Z`);
const pollOf = (poll: Record<string, unknown> = {}) => settingsOf({ poll }).poll;

describe('a window', () => {
  test('ends five seconds before now, and begins a second before the overlap', () => {
    expect(scanWindow(at('12:00:00'), pollOf(), at('12:01:05.900'))).toEqual({
      lowerMs: at('11:58:59'),
      upperMs: at('12:01:00'),
    });
  });

  test('includes the watermark’s own second where there is no overlap', () => {
    const poll = pollOf({ overlapSeconds: 0 });
    expect(scanWindow(at('12:00:00'), poll, at('12:01:05'))?.lowerMs).toBe(at('11:59:59'));
  });

  test('is none while the watermark is where a scan would end, or a clock went back', () => {
    expect(scanWindow(at('12:00:00'), pollOf(), at('12:00:05.999'))).toBeUndefined();
    expect(scanWindow(at('12:00:00'), pollOf(), at('11:59:00'))).toBeUndefined();
  });

  test('is none while the date to start from is to come', () => {
    const poll = pollOf({ startFrom: '2026-11-23T13:00:00+01:00' });
    expect(scanWindow(undefined, poll, at('12:00:04'))).toBeUndefined();
    expect(scanWindow(undefined, poll, at('12:00:06'))).toEqual({
      lowerMs: at('11:59:59'),
      upperMs: at('12:00:01'),
    });
  });
});

describe('a connection is due', () => {
  const idle = { watermarkMs: at('12:00:00') };

  test('at the run nearest to its time, whichever way the schedule is off', () => {
    const minutely = settingsOf();
    expect(isDue(minutely, idle, at('12:01:04'))).toBe(true); // a second early
    expect(isDue(minutely, idle, at('12:00:15'))).toBe(false);
    const hourly = settingsOf({ poll: { everySeconds: 3_600 } });
    expect(isDue(hourly, idle, at('12:59:04'))).toBe(false);
    expect(isDue(hourly, idle, at('13:00:04'))).toBe(true);
  });

  test('when it was never scanned, or its scan goes on, however short ago that was', () => {
    expect(isDue(settingsOf(), {}, at('12:00:00'))).toBe(true);
    const begun = { lowerMs: 0, upperMs: 1 };
    expect(isDue(settingsOf(), { ...idle, begun }, at('12:00:01'))).toBe(true);
  });

  test('not while another run is at it, and again once that must be gone', () => {
    const leased = { ...idle, leaseUntilMs: at('12:02:00') };
    expect(isDue(settingsOf(), leased, at('12:01:59'))).toBe(false);
    expect(isDue(settingsOf(), leased, at('12:02:00'))).toBe(true);
  });

  test.each([
    { status: 'paused' },
    { status: 'needs_authorisation' },
    { poll: { enabled: false } },
  ])('not with %j', (settings) => {
    expect(isDue(settingsOf(settings), {}, at('12:00:00'))).toBe(false);
  });
});

test('lag is what comes on top of the time between two scans', () => {
  expect(lagMs(at('12:00:00'), 60, at('12:01:10'))).toBe(70_000);
  expect(lagMs(at('12:00:00'), 3_600, at('13:00:00'))).toBe(60_000);
  expect(lagMs(at('12:00:00'), 3_600, at('12:30:00'))).toBe(0);
});
