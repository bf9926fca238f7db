import { ApiError, invalid, invalidProblem } from './api-error.ts';
import type { QueryRule, RouteFacts } from './route.ts';

type Span = Pick<QueryRule, 'since' | 'until'>;

/** Anything: what reads it checks it. */
export const text: QueryRule = { problem: () => undefined };

/** One of a few values. */
export const choice = (values: readonly string[], span: Span = {}): QueryRule => ({
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

/** A comma-separated part of a few values. */
export const subset = (values: readonly string[], span: Span = {}): QueryRule => ({
  ...span,
  problem: (value) =>
    value.split(',').every((item) => values.includes(item))
      ? undefined
      : `must be a subset of [${values.join(', ')}]`,
});

/** Names of attributes; those within one are written with dots. */
export const fieldset = (attributes: readonly string[], span: Span = {}): QueryRule => ({
  ...span,
  problem: (value) =>
    value.split(',').every((path) => attributes.includes(path.split('.')[0] ?? ''))
      ? undefined
      : `must be a subset of [${attributes.join(', ')}]`,
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
  rule !== undefined && served >= (rule.since ?? '') && served < (rule.until ?? '9');

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
    const problem = query[name]?.problem(value);
    if (problem === undefined) continue;
    throw invalid(`Invalid values for \`${errorName(name)}\`, ${problem}`, { parameter: name });
  }
  return new Map(parameters);
};
