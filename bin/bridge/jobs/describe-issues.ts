/** What a schema finds wrong, by field, in few words and without the values themselves. */
import type * as z from 'zod';

/** More about one line helps nobody. */
const maxProblems = 3;

export type Issue = z.core.$ZodIssue;

/** What no schema finds. */
export const faultAt = (path: readonly PropertyKey[], message: string): Issue => ({
  code: 'custom',
  path: [...path],
  message,
});

const isMissing = ({ message, path }: Issue): boolean =>
  message === 'is missing' && path.length === 1;

const unknownNames = (form: readonly Issue[]): string[] =>
  form.flatMap((issue) => (issue.code === 'unrecognized_keys' ? issue.keys : []));

const nearestForms = (forms: readonly Issue[][]): Issue[][] => {
  const least = Math.min(...forms.map(({ length }) => length));
  return forms.filter(({ length }) => length === least);
};

/**
 * Of the forms that a union allows, the one that is nearest: it has the fewest faults. Where several
 * are as near, and each wants a field of its own, the choice between these is what is told.
 */
const flatten = (issue: Issue): Issue[] => {
  if (issue.code !== 'invalid_union' || issue.errors.length === 0) return [issue];
  const forms = nearestForms(issue.errors);
  const inner = (faults: readonly Issue[] = []): Issue[] =>
    faults.flatMap((fault) => flatten({ ...fault, path: [...issue.path, ...fault.path] }));
  const told = (message: string): Issue => ({ ...issue, code: 'custom', message });

  const missing = forms
    .flatMap((form) => form.filter(isMissing))
    .map(({ path }) => String(path[0]));
  if (forms.length > 1 && missing.length === forms.length)
    return [
      ...inner(forms[0]?.filter((fault) => !isMissing(fault))),
      told(`needs ${missing.join(' or ')}`),
    ];
  const unknown = forms.flatMap(unknownNames);
  if (forms.length > 1 && unknown.length === forms.length && new Set(unknown).size > 1)
    return [told(`takes ${unknown.toSorted().join(' or ')}, not both`)];
  return inner(forms[0]);
};

const describe = (issue: Issue): string[] => {
  const field = issue.path.map(String);
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => `${[...field, key].join('.')}: there is no such field`);
  return [`${field.join('.') || 'the job'}: ${issue.message}`];
};

/** One phrase for each field at fault, of issues that were found with `plainWords`. */
export const describeIssues = (issues: readonly Issue[]): string => {
  const all = issues.flatMap(flatten).flatMap(describe);
  const more = all.length > maxProblems ? [`and ${all.length - maxProblems} more`] : [];
  return [...all.slice(0, maxProblems), ...more].join('; ');
};
