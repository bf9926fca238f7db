import { ApiError, type ApiProblem, invalidProblem } from './api-error.ts';
import { isE164, isPhone } from './phone-numbers.ts';
import type { ProfileWrite } from './state/profile.ts';

const email = /^[^\s@"(),:;<>[\]\\]+@[^\s@.]+(\.[^\s@.]+)+$/;

const isEmail = (value: string): boolean => value.length <= 254 && email.test(value.trim());

/** The header that tells of an identifier that was left out. */
const partialFailureHeader = 'x-klaviyo-partial-failure';

const emailProblem = (pointer: string): ApiProblem =>
  invalidProblem('Invalid email address', { pointer: `${pointer}/email` });

const phoneProblem = (pointer: string): ApiProblem =>
  invalidProblem('Invalid phone number format (Example of a valid format: +12345678901)', {
    pointer: `${pointer}/phone_number`,
  });

const present = (value: unknown): value is string => typeof value === 'string' && value !== '';

/**
 * What is wrong with the identifiers of a write at `pointer`. A phone number that no country has is
 * no problem beside another identifier: it is to be left out. Where `lenient`, nor is any other text.
 */
export const identifierProblems = (
  { email, phone_number, external_id, anonymous_id, _kx, id }: ProfileWrite,
  pointer: string,
  { lenient, required }: { lenient: boolean; required: boolean },
): ApiProblem[] => {
  const problems: ApiProblem[] = [];
  if (typeof email === 'string' && !isEmail(email)) problems.push(emailProblem(pointer));
  const others = [email, external_id, anonymous_id, _kx, id].some(present);
  if (typeof phone_number === 'string' && !isPhone(phone_number.trim())) {
    const leftOut = others && (lenient || isE164(phone_number.trim()));
    if (!leftOut) problems.push(phoneProblem(pointer));
  }
  if (required && !others && !present(phone_number)) {
    const detail = "One of 'email', 'phone_number', 'external_id' or 'id' is required.";
    problems.push(invalidProblem(detail, { pointer }));
  }
  return problems;
};

/** @throws ApiError 400 with all of them, where there are any. */
export const refuseProblems = (problems: readonly ApiProblem[]): void => {
  if (problems.length > 0) throw new ApiError(problems);
};

/** The write without a phone number that is none, and the header that says so. */
export const withoutBadPhone = <Write extends ProfileWrite>(
  write: Write,
): { write: Write; headers: Readonly<Record<string, string>> } => {
  const { phone_number } = write;
  if (typeof phone_number !== 'string' || isPhone(phone_number.trim()))
    return { write, headers: {} };
  const headers = { [partialFailureHeader]: 'phone_number' };
  return { write: { ...write, phone_number: undefined }, headers };
};
