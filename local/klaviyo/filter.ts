import { invalid } from './api-error.ts';
import { parseInstant } from './timestamps.ts';

export type Operator =
  | 'equals'
  | 'any'
  | 'greater-than'
  | 'greater-or-equal'
  | 'less-than'
  | 'less-or-equal'
  | 'has';

/** What a field may be filtered by. Instants are compared in whole seconds, as Klaviyo does. */
interface FilterField {
  readonly kind: 'text' | 'instant' | 'number' | 'presence';
  readonly operators: readonly Operator[];
  /** The revision that brought it. @default all */
  readonly since?: string;
  /** A bound after now answers 400. */
  readonly pastOnly?: boolean;
}

export type FilterFields = Readonly<Record<string, FilterField>>;

/** One condition. The values of an instant are whole seconds. */
export interface Condition {
  readonly operator: Operator;
  readonly field: string;
  readonly values: readonly (string | number)[];
}

const source = { parameter: 'filter' };
const token = /\s*("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[[\](),]|[^\s"'[\](),]+)/y;

const tokensOf = (filter: string): string[] => {
  const tokens: string[] = [];
  token.lastIndex = 0;
  while (token.lastIndex < filter.trimEnd().length) {
    const match = token.exec(filter);
    if (!match?.[1]) throw invalid('Invalid filter provided.', { parameter: 'filter' });
    tokens.push(match[1]);
  }
  return tokens;
};

/** The literals of one condition: `field, value` or `field, [value, …]`. */
const splitConditions = (tokens: readonly string[]) => {
  const conditions: { operator: string; parts: string[] }[] = [];
  let at = 0;
  const expect = (wanted: string): void => {
    if (tokens[at] !== wanted) throw invalid('Invalid filter provided.', source);
    at += 1;
  };
  while (at < tokens.length) {
    if (conditions.length > 0) expect(',');
    const operator = tokens[at] ?? '';
    at += 1;
    expect('(');
    const end = tokens.indexOf(')', at);
    if (end < 0) throw invalid('Invalid filter provided.', source);
    const parts = tokens.slice(at, end).filter((part) => part !== ',');
    conditions.push({ operator, parts });
    at = end + 1;
  }
  return conditions;
};

const unquoted = (literal: string): string | undefined =>
  /^["']/.test(literal) ? literal.slice(1, -1).replace(/\\(.)/g, '$1') : undefined;

const literalValue = (
  literal: string,
  kind: FilterField['kind'],
  field: string,
): string | number => {
  const text = unquoted(literal);
  const value =
    kind === 'text'
      ? text
      : kind === 'number'
        ? Number(literal)
        : text === undefined && parseInstant(literal);
  if (value === undefined || value === false || Number.isNaN(value)) {
    throw invalid(`Invalid value for the filter field '${field}'.`, source);
  }
  return kind === 'instant' ? Math.floor(Number(value) / 1000) : value;
};

/** In Klaviyo's words, with its two spaces. */
const operatorRefused = (operator: string, field: string, allowed: readonly string[]) =>
  invalid(
    `'${operator}' is not an allowed filter operator for ${field}.  ` +
      `Allowed operators are ${allowed.join(', ')}`,
    source,
  );

const toCondition = (
  operator: string,
  parts: readonly string[],
  fields: FilterFields,
  served: string,
): Condition => {
  const [field = '', ...literals] = parts;
  const rule = Object.hasOwn(fields, field) ? fields[field] : undefined;
  if (!rule || served < (rule.since ?? '')) {
    throw invalid(`'${field}' is not a valid filter field.`, source);
  }
  const known = rule.operators.find((name) => name === operator);
  if (!known) throw operatorRefused(operator, field, rule.operators);
  const plain = literals.filter((literal) => literal !== '[' && literal !== ']');
  if (known === 'has' && plain.length === 0) return { operator: known, field, values: [] };
  if (plain.length === 0 || (known !== 'any' && plain.length > 1)) {
    throw invalid(`Invalid values for '${field}'.`, source);
  }
  return {
    operator: known,
    field,
    values: plain.map((item) => literalValue(item, rule.kind, field)),
  };
};

/** @throws ApiError 400 when a window of time is in the future or holds no second. */
const checkWindow = (
  conditions: readonly Condition[],
  field: string,
  latestSeconds: number,
): void => {
  let lowest = Number.NEGATIVE_INFINITY;
  let highest = Number.POSITIVE_INFINITY;
  for (const { operator, values } of conditions.filter((one) => one.field === field)) {
    const bound = Number(values[0]);
    if (bound > latestSeconds) {
      throw invalid(`Datetime bounds for '${field}' must not be in the future.`, source);
    }
    if (operator.startsWith('greater')) lowest = Math.max(lowest, bound);
    if (operator.startsWith('less')) highest = Math.min(highest, bound);
  }
  if (lowest >= highest)
    throw invalid(`Datetime bounds for '${field}' is empty or invalid.`, source);
};

/**
 * Reads a filter such as `greater-than(updated,2026-01-01T00:00:00Z),equals(email,"a@b.co")`.
 * @throws ApiError 400 when Klaviyo would not take it.
 */
export const parseFilter = (
  filter: string | undefined,
  fields: FilterFields,
  latestMs: number,
  served: string,
): Condition[] => {
  if (filter === undefined) return [];
  const conditions = splitConditions(tokensOf(filter)).map(({ operator, parts }) =>
    toCondition(operator, parts, fields, served),
  );
  for (const [field, { pastOnly }] of Object.entries(fields)) {
    if (pastOnly) checkWindow(conditions, field, Math.floor(latestMs / 1000));
  }
  return conditions;
};
