/** A schedule that invokes a function at a fixed rate. */
import type { LambdaFunction } from '../lambda/lambda-function.ts';

export interface ScheduleSettings {
  /** `rate(1 minute)`; any other expression only where schedules are triggered by hand. */
  readonly expression: string;
  readonly enabled: boolean;
  /** The event, as JSON. */
  readonly input: string;
  readonly target: Pick<LambdaFunction, 'invoke'>;
}

const unitMs: Readonly<Record<string, number>> = {
  minute: 60_000,
  hour: 3_600_000,
  day: 86_400_000,
};

/** The longest that a timer of Node can wait; no demo runs for 24 days. */
const longestTimerMs = 2 ** 31 - 1;

/** @throws Error when the expression is not a rate. */
const parseRateMs = (expression: string): number => {
  const [, count, unit] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(expression) ?? [];
  const ms = Number(count) * (unitMs[unit ?? ''] ?? Number.NaN);
  if (ms > 0) return Math.min(ms, longestTimerMs);
  throw new Error(
    `local/aws ticks rate(…) schedules alone, not ${expression}: start it with schedules: 'manual'`,
  );
};

/** Ticks until it is stopped. The first tick comes after one whole interval, as on AWS. */
export const startSchedule = ({ expression, input, target }: ScheduleSettings) => {
  const timer = setInterval(() => void target.invoke(input), parseRateMs(expression));
  return { stop: () => clearInterval(timer) };
};
