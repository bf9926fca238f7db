/** Who a job is about: by identifiers of which one at least can be used. */
import * as z from 'zod';
import { isPhoneNumber, readBy, toPhoneNumber, toText } from './values.ts';

export const identifier = z.string().min(1).max(255);
export const email = z.email({ pattern: z.regexes.unicodeEmail }).max(320);
/** Said here as it should be; what is none is put aside where there is another identifier. */
export const phoneNumber = z.string().meta({ pattern: '^\\+[1-9]\\d{6,14}$' });
/** A person, by whichever identifiers the source knows; at least one. */
export const personFields = {
  profileId: identifier.optional(),
  customerId: identifier.optional(),
  email: email.optional(),
  phoneNumber: phoneNumber.optional(),
};
export const identified = (person: { [key in keyof typeof personFields]?: unknown }) =>
  Object.keys(personFields).some((key) => person[key as keyof typeof personFields] !== undefined);
export const identifiedError = 'needs one of profileId, customerId, email or phoneNumber';

/** What was given and can be nothing of the kind. It is told, and nothing is done with it. */
export interface Unusable {
  readonly unusable?: readonly 'phoneNumber'[];
}
const isUsable = (phoneNumber: string | null | undefined): boolean =>
  phoneNumber === undefined || phoneNumber === null || isPhoneNumber(phoneNumber);

/** A phone number that is none must not cost what is known by another identifier. */
export const putAside = <P extends { phoneNumber?: string | null | undefined }>(
  person: P,
): P & Unusable => {
  if (isUsable(person.phoneNumber)) return person;
  const { phoneNumber: _, ...others } = person;
  return { ...(others as P), unusable: ['phoneNumber'] };
};

export const personValues = {
  profileId: toText,
  customerId: toText,
  externalId: toText,
  email: toText,
  phoneNumber: toPhoneNumber,
  firstName: toText,
  lastName: toText,
};

/** A number that is none, and nothing beside it: then there is nobody. */
const identifiedWithoutIt = (given: Parameters<typeof identified>[0]) =>
  isUsable(given.phoneNumber as string | undefined) ||
  identified({ ...given, phoneNumber: undefined });
const phoneNumberError = {
  path: ['phoneNumber'],
  message: 'must be an E.164 phone number such as +31201234567',
};

export const person = readBy(
  personValues,
  z
    .strictObject(personFields)
    .refine(identified, identifiedError)
    .refine(identifiedWithoutIt, phoneNumberError)
    .transform(putAside),
);

/** The person of a transaction, of whom it may tell more. */
export const buyer = readBy(
  personValues,
  z
    .strictObject({
      ...personFields,
      externalId: identifier.optional(),
      firstName: z.string().optional(),
      lastName: z.string().optional(),
    })
    .refine(identified, identifiedError)
    .refine(identifiedWithoutIt, phoneNumberError)
    .transform(putAside),
);
