/** Klaviyo's filter language: strings are quoted, times are not, a comma means "and". */

const quoted = (value: string): string => JSON.stringify(value);
/** Whole seconds with `Z`: Klaviyo reads `+00:00` badly. */
const time = (value: Date): string => value.toISOString().replace(/\.\d{3}Z$/, 'Z');

export const equals = (field: string, value: string): string => `equals(${field},${quoted(value)})`;

export const any = (field: string, values: readonly string[]): string =>
  `any(${field},[${values.map(quoted).join(',')}])`;

/** Strictly after: `created` and `updated` have no or-equal form. */
export const greaterThan = (field: string, value: Date): string =>
  `greater-than(${field},${time(value)})`;

/** Strictly before. */
export const lessThan = (field: string, value: Date): string =>
  `less-than(${field},${time(value)})`;

export const and = (...filters: readonly string[]): string => filters.join(',');
