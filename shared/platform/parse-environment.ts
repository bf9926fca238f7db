import type * as z from 'zod';

/**
 * The environment of a function, parsed.
 * @throws Error naming every variable that is missing or malformed, and none of their values.
 */
export const parseEnvironment = <E extends z.ZodObject>(
  schema: E,
  environment: Readonly<Record<string, string | undefined>>,
): z.output<E> => {
  const parsed = schema.safeParse(environment);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  throw new Error(`the environment of this function is not complete: ${problems.join('; ')}`);
};
