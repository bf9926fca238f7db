import { expect, test } from 'vitest';
import { parseRetryAfterMs } from '../../../shared/klaviyo/retry-after.ts';

const nowMs = Date.parse('2026-11-23T12:00:00Z');
const waitOf = (header: string | null) => parseRetryAfterMs(header, nowMs);

test.each([
  ['30', 30_000],
  [' 2.5 ', 2_500],
  ['Mon, 23 Nov 2026 12:00:45 GMT', 45_000],
])('the wait is what Retry-After says: %s', (header, waitMs) => {
  expect(waitOf(header)).toBe(waitMs);
});

test.each([null, '', '0', '-5', 'soon', '60 seconds', 'Mon, 23 Nov 2026 11:00:00 GMT'])(
  'the wait is a second where Retry-After is past, absent or makes no sense: %s',
  (header) => {
    expect(waitOf(header)).toBe(1_000);
  },
);

test.each(['86400', '9'.repeat(400), 'Fri, 31 Dec 9999 23:59:59 GMT'])(
  'the wait is an hour at most, so that no single answer stops an account for good: %s',
  (header) => {
    expect(waitOf(header)).toBe(3_600_000);
  },
);
