/** What a schema finds wrong, by field, in few words and without the values themselves. */
import type * as z from 'zod';

/** More about one line helps nobody. */
const maxProblems = 3;

/** Of the forms that a union allows, the one that is nearest: it has the fewest faults. */
const flatten = (issue: z.core.$ZodIssue): z.core.$ZodIssue[] => {
  if (issue.code !== 'invalid_union' || issue.errors.length === 0) return [issue];
  const [nearest = []] = issue.errors.toSorted((a, b) => a.length - b.length);
  return nearest.flatMap((inner) => flatten({ ...inner, path: [...issue.path, ...inner.path] }));
};

const describe = (issue: z.core.$ZodIssue): string[] => {
  const field = issue.path.map(String);
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => `${[...field, key].join('.')}: there is no such field`);
  const what = issue.message.endsWith('received undefined') ? 'is missing' : issue.message;
  return [`${field.join('.') || 'the job'}: ${what}`];
};

/** One phrase for each field at fault. */
export const describeIssues = (issues: readonly z.core.$ZodIssue[]): string => {
  const all = issues.flatMap(flatten).flatMap(describe);
  const more = all.length > maxProblems ? [`and ${all.length - maxProblems} more`] : [];
  return [...all.slice(0, maxProblems), ...more].join('; ');
};
