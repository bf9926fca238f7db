/**
 * Values as other systems write them, read as they are meant: one function per kind of value. What
 * is blank is absent, white space around a value goes, and null stays null. What cannot be read
 * stays as it is, for the schema to refuse.
 */
import * as z from 'zod';

export type ReadValue = (given: unknown) => unknown;

const ofText =
  (read: (text: string) => unknown): ReadValue =>
  (given) =>
    typeof given === 'string' ? read(given.trim()) : given;

/** A text that may be left out. */
export const toText = ofText((text) => (text === '' ? undefined : text));

/** A text that is needed: blank, it is refused as such. */
export const toNeededText = ofText((text) => text);

/** Up to the minute, the rest of the time, and the offset. */
const instantForm =
  /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2})(:\d{2}(?:\.\d+)?)?(?:(Z)|([+-]\d{2}):?(\d{2})?)$/;

/**
 * A time in ISO 8601: also without its seconds (`2026-11-20T09:26Z`, as Java writes it), and with an
 * offset without its colon or its minutes (`+0000`, as Salesforce and Java write it, and `+00`).
 */
export const toInstant = ofText((text) => {
  const form = instantForm.exec(text);
  if (form === null) return text === '' ? undefined : text;
  const [, minute, rest = ':00', utc, hours, minutes = '00'] = form;
  return `${minute}${rest}${utc ?? `${hours}:${minutes}`}`;
});

/** What people write into a phone number to read it better; a `(0)` is not dialled from abroad. */
const phoneDecoration = /\(0\)|[\s()./-]/g;
const e164 = /^\+[1-9]\d{6,14}$/;

export const isPhoneNumber = (text: string): boolean => e164.test(text);

/** A phone number, as E.164 where it can be read as that. */
export const toPhoneNumber = ofText((text) => {
  const digits = text.replaceAll(phoneDecoration, '');
  if (isPhoneNumber(digits)) return digits;
  return text === '' ? undefined : text;
});

/** An object whose fields are read by these functions; those that are blank are left out. */
export const readBy = <S extends z.ZodType>(
  fields: Readonly<Record<string, ReadValue>>,
  schema: S,
) =>
  z.preprocess((given: unknown) => {
    if (typeof given !== 'object' || given === null || Array.isArray(given)) return given;
    const read = Object.entries(given).map(([name, value]) => [
      name,
      Object.hasOwn(fields, name) ? fields[name]?.(value) : value,
    ]);
    return Object.fromEntries(read.filter(([, value]) => value !== undefined));
  }, schema);
