import type { Condition, Operator } from './filter.ts';

const comparisons: Record<
  Exclude<Operator, 'any' | 'has'>,
  (a: string | number, b: string | number) => boolean
> = {
  equals: (a, b) => a === b,
  'greater-than': (a, b) => a > b,
  'greater-or-equal': (a, b) => a >= b,
  'less-than': (a, b) => a < b,
  'less-or-equal': (a, b) => a <= b,
};

type Scalar = string | number;
/** What a resource shows for a filter: one value, none, or several of which one has to do. */
export type Value = Scalar | undefined | readonly Scalar[];

/** Whether a value meets a condition. What has no value meets none. */
export const meets = (value: Value, condition: Condition): boolean => {
  const { operator, values } = condition;
  if (typeof value === 'object') return value.some((one) => meets(one, condition));
  if (value === undefined) return false;
  if (operator === 'has') return true;
  if (operator === 'any') return values.includes(value);
  const [bound] = values;
  return bound !== undefined && comparisons[operator](value, bound);
};
