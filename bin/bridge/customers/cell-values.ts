/** What a cell of a CSV file says: a spreadsheet's marks are no part of it, and its type is as given. */
import * as z from 'zod';
import { personValues } from '../../../shared/jobs/contract/person.ts';
import { type ReadValue, toInstant, toText } from '../../../shared/jobs/contract/values.ts';

/** `="0042"`: the spreadsheet's way to write that this is text. */
const textFormula = /^="([^"]*(?:""[^"]*)*)"$/;
/** `'0042`, `'+31612345678`, `'=1+1`: the same, and no name begins so; `'s-Gravenhage` and `'90s` do. */
const markedText = /^'(?=[\d=+@-])(?!\d0s\b)/;

const ids = new Set(['customerId', 'profileId', 'externalId']);

/** Of these no value begins with an apostrophe. */
const unquoted = new Set([...ids, 'email', 'phoneNumber', 'location.zip', 'occurredAt']);

/** The text of a cell without white space around it, and without a spreadsheet's marks. */
export const textOf = (cell: string, field = ''): string => {
  const text = cell.trim();
  const [, inner] = textFormula.exec(text) ?? [];
  if (inner !== undefined) return inner.replaceAll('""', '"').trim();
  return text.replace(unquoted.has(field) ? /^'/ : markedText, '').trim();
};

interface Form {
  /** Undefined where the text is none of the kind. */
  readonly read: (text: string) => unknown;
  /** Completes the sentence "the cell …". */
  readonly problem: string;
}

const booleans = new Map([
  ...['true', 'yes', 'y', '1'].map((word) => [word, true] as const),
  ...['false', 'no', 'n', '0'].map((word) => [word, false] as const),
]);

const dateOrInstant = z.union([z.iso.date(), z.iso.datetime({ offset: true })]);

/** Custom properties are text, unless they are said to be one of these. */
export const valueForms = {
  text: { read: (text) => text, problem: '' },
  number: {
    read: (text) => {
      const number = /^[+-]?\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
      return Number.isFinite(number) ? number : undefined;
    },
    problem: 'is no number such as 1815 or -12.5',
  },
  boolean: {
    read: (text) => booleans.get(text.toLowerCase()),
    problem: 'is none of true, false, yes, no, y, n, 1 and 0',
  },
  date: {
    read: (text) => dateOrInstant.safeParse(toInstant(text)).data,
    problem: 'is no date such as 1990-12-31, and no time such as 2026-11-20T09:26:53Z',
  },
} as const satisfies Record<string, Form>;

export type ValueType = keyof typeof valueForms;

/** `1.9143E+18`: what a spreadsheet leaves of a long number. Which id it was, nobody can tell. */
const rounded = /^\d(?:[.,]\d+)?E\+\d+$/i;
const idForm: Form = {
  read: (text) => (rounded.test(text) ? undefined : text),
  problem:
    'is a number that a spreadsheet has rounded: make the column text there, and export it again',
};

const formOf = (field: string, type: ValueType): Form => {
  if (field.startsWith('properties.')) return valueForms[type];
  if (field.startsWith('subscribe.')) return valueForms.boolean;
  return ids.has(field) ? idForm : valueForms.text;
};

const readers: Readonly<Record<string, ReadValue>> = { ...personValues, occurredAt: toInstant };

/** The value of a cell for a field: undefined where it is blank. */
export const readCell = (
  cell: string,
  field: string,
  type: ValueType = 'text',
): { readonly value: unknown } | { readonly problem: string } => {
  const read = Object.hasOwn(readers, field) ? readers[field] : toText;
  const text = read?.(textOf(cell, field));
  if (typeof text !== 'string') return { value: undefined };
  const form = formOf(field, type);
  const value = form.read(text);
  return value === undefined ? { problem: form.problem } : { value };
};
