import { expect, test } from 'vitest';
import { toInstant, toPhoneNumber, toText } from '../../../shared/jobs/contract/values.ts';

test.each([
  ['2026-11-20T09:26:53Z', '2026-11-20T09:26:53Z'],
  ['2026-11-20T09:26:53.000+0000', '2026-11-20T09:26:53.000+00:00'],
  ['2026-11-20T09:26:53+00', '2026-11-20T09:26:53+00:00'],
  ['2026-11-20T09:26:53.1234567Z', '2026-11-20T09:26:53.1234567Z'],
  ['2026-11-20T09:26:53-0330', '2026-11-20T09:26:53-03:30'],
  ['2026-11-20T09:26Z', '2026-11-20T09:26:00Z'],
  ['2026-11-20T09:26+01:00', '2026-11-20T09:26:00+01:00'],
  [' 0001-01-01T00:00:00Z\n', '0001-01-01T00:00:00Z'],
  // Whose offset nobody knows, and what is no time: for the schema to refuse.
  ['2026-11-20T09:26:53', '2026-11-20T09:26:53'],
  ['20 November 2026', '20 November 2026'],
  ['', undefined],
])('the time %j is read as %j', (given, read) => {
  expect(toInstant(given)).toBe(read);
});

test.each([
  ['+31201234567', '+31201234567'],
  [' +31 (0)20 123-45.67 ', '+31201234567'],
  ['+1 206-555-0100 ext. 12345', '+1 206-555-0100 ext. 12345'],
  ['0201234567', '0201234567'],
  ['  ', undefined],
])('the phone number %j is read as %j', (given, read) => {
  expect(toPhoneNumber(given)).toBe(read);
});

test.each([null, undefined, 7, true, ['a']])('%j is no text, and stays as it is', (given) => {
  for (const read of [toText, toInstant, toPhoneNumber]) expect(read(given)).toBe(given);
});
