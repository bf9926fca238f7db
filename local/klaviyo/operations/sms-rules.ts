/** What Klaviyo looks at before it takes a consent to SMS. */
import { type ApiProblem, invalidProblem } from '../api-error.ts';
import { refuseProblems } from '../identifiers.ts';
import { isPhone } from '../phone-numbers.ts';
import type { Call } from '../route.ts';
import type { Row } from './subscription-body.ts';

const dateOfBirth = /^\d{4}-\d{2}-\d{2}$/;

const parseDate = (text: string): Date | undefined => {
  const date = new Date(`${text}T00:00:00Z`);
  return dateOfBirth.test(text) && !Number.isNaN(date.getTime()) ? date : undefined;
};

const yearsSince = (date: Date, nowMs: number): number => {
  const now = new Date(nowMs);
  const years = now.getUTCFullYear() - date.getUTCFullYear();
  const birthday = new Date(date);
  birthday.setUTCFullYear(date.getUTCFullYear() + years);
  return birthday > now ? years - 1 : years;
};

const ageProblem = ({ account }: Call, row: Row, pointer: string): ApiProblem[] => {
  if (account.settings.smsMinimumAgeYears === undefined) return [];
  const given = row.attributes.age_gated_date_of_birth ?? undefined;
  const place = { pointer: `${pointer}/age_gated_date_of_birth` };
  if (given === undefined) {
    const detail = "'age_gated_date_of_birth' is required for SMS consent in an age-gated account.";
    return [invalidProblem(detail, place)];
  }
  return parseDate(given) ? [] : [invalidProblem('Invalid date. Use YYYY-MM-DD.', place)];
};

/**
 * From 2024-05-15 on, a number that cannot get SMS fails the whole request, and so does a person
 * without a date of birth where the account is age-gated.
 * @throws ApiError 400
 */
export const checkSms = (call: Call, rows: readonly Row[], rowsPointer: string): void => {
  const problems = rows.flatMap((row, index) => {
    if (!row.attributes.subscriptions?.sms) return [];
    const pointer = `${rowsPointer}/${index}/attributes`;
    const number = { pointer: `${pointer}/phone_number` };
    const phone = row.attributes.phone_number?.trim() ?? '';
    if (!isPhone(phone)) {
      return row.id ? [] : [invalidProblem('SMS consent needs a phone number.', number)];
    }
    if (call.served < '2024-05-15') return [];
    const { smsCallingCodes } = call.account;
    const covered = smsCallingCodes?.some((code) => phone.startsWith(code)) ?? true;
    const uncovered = invalidProblem('No sending number for the region of this number.', number);
    return [...(covered ? [] : [uncovered]), ...ageProblem(call, row, pointer)];
  });
  refuseProblems(problems);
};

/**
 * Whether somebody is too young for SMS in this account, or has not said how old: such consent is
 * accepted and then not given. What Klaviyo says of it is not known.
 */
export const isTooYoung = ({ account, nowMs }: Call, row: Row): boolean => {
  const { smsMinimumAgeYears } = account.settings;
  if (smsMinimumAgeYears === undefined) return false;
  const birth = parseDate(row.attributes.age_gated_date_of_birth ?? '');
  return birth === undefined || yearsSince(birth, nowMs) < smsMinimumAgeYears;
};
