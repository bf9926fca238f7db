import { ApiError, invalid, invalidProblem } from './api-error.ts';
import { type FieldResource, fieldNames } from './field-names.ts';
import type { QueryRule, RouteFacts } from './route.ts';

interface Span {
  /** The revision that brought it. @default all */
  readonly since?: string;
  /** The first revision without it. @default none */
  readonly until?: string;
}

/** A value, and the revisions that know it. */
type Choice = string | (Span & { readonly value: string });

const holds = ({ since = '', until = '9' }: Span, served: string): boolean =>
  served >= since && served < until;

const valuesAt = (choices: readonly Choice[], served: string): string[] =>
  choices.flatMap((choice) => {
    if (typeof choice === 'string') return [choice];
    return holds(choice, served) ? [choice.value] : [];
  });

/** Anything: what reads it checks it. */
export const text: QueryRule = { problem: () => undefined };

/** One of a few values. */
const choice = (values: readonly string[], span: Span): QueryRule => ({
  ...span,
  problem: (value) =>
    values.includes(value) ? undefined : `must be one of [${values.join(', ')}]`,
});

/** A field to sort by, ascending or (with `-`) descending. */
export const sortBy = (fields: readonly string[], span: Span = {}): QueryRule =>
  choice(
    fields.flatMap((field) => [field, `-${field}`]),
    span,
  );

const among = (value: string, allowed: readonly string[]): string | undefined =>
  value.split(',').every((item) => allowed.includes(item))
    ? undefined
    : `must be a subset of [${allowed.join(', ')}]`;

/** A comma-separated part of a few values. */
export const subset = (values: readonly Choice[], span: Span = {}): QueryRule => ({
  ...span,
  problem: (value, served) => among(value, valuesAt(values, served)),
});

/** Names of attributes; those within one are written with dots. */
export const fieldset = (resource: FieldResource, span: Span = {}): QueryRule => ({
  ...span,
  problem: (value, served) => among(value, fieldNames(resource, served)),
});

/** `page[size]` */
export const size = (max: number, span: Span = {}): QueryRule => ({
  ...span,
  problem: (value) =>
    /^\d+$/.test(value) && Number(value) >= 1 && Number(value) <= max
      ? undefined
      : `must be an integer from 1 to ${max}`,
});

/** `page[size]` is called `page_size` in Klaviyo's error texts. */
const errorName = (parameter: string): string =>
  parameter.replaceAll('-', '_').replaceAll('[', '_').replaceAll(']', '');

const declares = (rule: QueryRule | undefined, served: string): rule is QueryRule =>
  rule !== undefined && holds(rule, served);

/**
 * The query parameters by name.
 * @throws ApiError 400 for one that the revision does not declare, or a value that it does not take.
 */
export const parseQuery = (
  parameters: URLSearchParams,
  { query = {}, resource }: RouteFacts,
  served: string,
): Map<string, string> => {
  const undeclared = [...parameters.keys()].filter(
    (name) => !declares(Object.hasOwn(query, name) ? query[name] : undefined, served),
  );
  if (undeclared.length > 0) {
    throw new ApiError(
      undeclared.map((name) =>
        invalidProblem(
          `'${errorName(name)}' is not a valid field for the resource '${resource}'.`,
          {
            pointer: `/data/attributes/${errorName(name)}`,
          },
        ),
      ),
    );
  }
  for (const [name, value] of parameters) {
    const problem = query[name]?.problem(value, served);
    if (problem === undefined) continue;
    throw invalid(`Invalid values for \`${errorName(name)}\`, ${problem}`, { parameter: name });
  }
  return new Map(parameters);
};
