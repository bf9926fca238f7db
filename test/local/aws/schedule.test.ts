import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { startSchedule } from '../../../local/aws/schedules/schedule.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

const start = (expression: string) => {
  const inputs: string[] = [];
  const target = {
    invoke: async (input: string) => {
      inputs.push(input);
      return { ok: true, payload: 'null' } as const;
    },
  };
  const { stop } = startSchedule({ expression, enabled: true, input: '{"a":1}', target });
  return { inputs, stop };
};

test.each([
  ['rate(1 minute)', 60_000],
  ['rate(5 minutes)', 300_000],
  ['rate(2 hours)', 7_200_000],
  ['rate(1 day)', 86_400_000],
])('%s ticks after each whole interval, with its input', (expression, everyMs) => {
  const { inputs, stop } = start(expression);
  vi.advanceTimersByTime(everyMs - 1);
  expect(inputs).toEqual([]);
  vi.advanceTimersByTime(2 * everyMs + 1);
  expect(inputs).toEqual(['{"a":1}', '{"a":1}', '{"a":1}']);
  stop();
  vi.advanceTimersByTime(10 * everyMs);
  expect(inputs).toHaveLength(3);
});

test.each(['cron(0 * * * ? *)', 'at(2026-01-01T00:00:00)', 'rate(0 minutes)', 'rate(1 week)'])(
  '%s is refused',
  (expression) => {
    expect(() => start(expression)).toThrow(/rate\(…\) schedules alone/);
  },
);

test('a rate longer than a timer can wait does not tick at once', () => {
  const { inputs, stop } = start('rate(60 days)');
  vi.advanceTimersByTime(86_400_000);
  expect(inputs).toEqual([]);
  stop();
});
