/** What a schema says is wrong with a value, in the words of somebody who has to correct it. */
import type * as z from 'zod';
import { shownNumber } from './counted.ts';

const kinds: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'an array',
  object: 'an object',
  record: 'an object',
  null: 'null',
};

const formats: Readonly<Record<string, string>> = {
  datetime: 'must be a time with its offset, such as 2026-01-31T12:00:00Z',
  email: 'must be an e-mail address',
  url: 'must be a URL',
};

const kindOf = (value: unknown): string | undefined => {
  if (value === null) return kinds.null;
  return Array.isArray(value) ? kinds.array : kinds[typeof value];
};

type Issue<C> = Extract<z.core.$ZodRawIssue, { readonly code: C }>;

const wrongKind = ({ expected, input }: Issue<'invalid_type'>): string | undefined => {
  if (input === undefined) return 'is missing';
  const wanted = kinds[expected];
  if (wanted === undefined) return undefined;
  const given = kindOf(input);
  const isSaid = given === undefined || given === wanted || typeof input === 'number';
  return isSaid && wanted !== kinds.string
    ? `must be ${wanted}`
    : `must be ${wanted}, not ${given}`;
};

const tooSmall = ({ origin, minimum, inclusive }: Issue<'too_small'>): string | undefined => {
  if (origin === 'string' || origin === 'array')
    return minimum === 1
      ? 'must not be empty'
      : `must have at least ${shownNumber(minimum)} ${origin === 'array' ? 'elements' : 'characters'}`;
  return inclusive
    ? `must be at least ${shownNumber(minimum)}`
    : `must be above ${shownNumber(minimum)}`;
};

const tooBig = ({ origin, maximum, inclusive }: Issue<'too_big'>): string | undefined => {
  if (origin === 'string' || origin === 'array')
    return `must have at most ${shownNumber(maximum)} ${origin === 'array' ? 'elements' : 'characters'}`;
  return inclusive
    ? `must be at most ${shownNumber(maximum)}`
    : `must be below ${shownNumber(maximum)}`;
};

/**
 * The error map to parse with: `schema.safeParse(value, { error: plainWords })`. Words that a
 * schema has of its own come before these. The value itself is never in them.
 */
export const plainWords = (issue: z.core.$ZodRawIssue): string | undefined => {
  switch (issue.code) {
    case 'invalid_type':
      return wrongKind(issue);
    case 'invalid_format':
      return formats[issue.format];
    case 'invalid_value':
      return `must be ${issue.values.length > 1 ? 'one of ' : ''}${issue.values.join(', ')}`;
    case 'too_small':
      return tooSmall(issue);
    case 'too_big':
      return tooBig(issue);
    default:
      return undefined;
  }
};
