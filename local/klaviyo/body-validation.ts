import * as z from 'zod';
import { ApiError, type ApiProblem, invalid, invalidProblem } from './api-error.ts';

/** A member that other revisions have: anything in its place is refused like any unknown name. */
const undeclared = z.never().optional();

/** A member that came with a revision. */
export const since = <Type extends z.ZodType>(
  served: string,
  first: string,
  type: Type,
): z.ZodOptional<Type> =>
  (served >= first ? type.optional() : undeclared) as unknown as z.ZodOptional<Type>;

/** A member that left with a revision. */
export const until = <Type extends z.ZodType>(
  served: string,
  firstWithout: string,
  type: Type,
): z.ZodOptional<Type> =>
  (served < firstWithout ? type.optional() : undeclared) as unknown as z.ZodOptional<Type>;

/** A member that some revisions require. */
export const requiredIf = <Type extends z.ZodType>(
  condition: boolean,
  type: Type,
): z.ZodOptional<Type> => (condition ? type : type.optional()) as z.ZodOptional<Type>;

type Path = readonly PropertyKey[];

const pointerTo = (path: Path): string => `/${path.map(String).join('/')}`;

const child = (value: unknown, key: PropertyKey): unknown =>
  typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;

/** The type of the innermost resource around a place in the body: Klaviyo's texts name it. */
const resourceAt = (body: unknown, path: Path, fallback: string): string => {
  let found = fallback;
  let value = body;
  for (const key of path) {
    value = child(value, key);
    const type = child(value, 'type');
    if (typeof type === 'string') found = type;
  }
  return found;
};

const toProblems = (body: unknown, issue: z.core.$ZodIssue, fallback: string): ApiProblem[] => {
  const { path } = issue;
  const parent = path.slice(0, -1);
  const notValid = (place: Path, name: PropertyKey) =>
    invalidProblem(
      `'${String(name)}' is not a valid field for the resource '${resourceAt(body, place, fallback)}'.`,
      { pointer: pointerTo([...place, name]) },
    );
  if (issue.code === 'unrecognized_keys') return issue.keys.map((name) => notValid(path, name));
  const name = path.at(-1) ?? 'data';
  if (issue.code === 'invalid_type' && issue.expected === 'never') return [notValid(parent, name)];
  const value = path.reduce<unknown>(child, body);
  const detail =
    value === undefined
      ? `'${String(name)}' is a required field for the resource '${resourceAt(body, parent, fallback)}'.`
      : issue.message;
  return [invalidProblem(detail, { pointer: pointerTo(path) })];
};

const parseJson = (rawBody: string): unknown => {
  try {
    return JSON.parse(rawBody);
  } catch {
    throw invalid('The request body must be a JSON object.', { pointer: '/data' });
  }
};

/**
 * The body as the schema has it.
 * @throws ApiError 400 with one problem for each thing that is wrong.
 */
export const parseBody = <Body>(
  rawBody: string,
  schema: z.ZodType<Body>,
  resource: string,
  maxBytes = 5_000_000,
): Body => {
  if (Buffer.byteLength(rawBody) > maxBytes) {
    throw invalid(`The payload exceeds ${maxBytes} bytes.`, { pointer: '/data' });
  }
  const body = parseJson(rawBody);
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  throw new ApiError(parsed.error.issues.flatMap((issue) => toProblems(body, issue, resource)));
};
