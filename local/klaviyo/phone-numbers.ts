import { isValidPhoneNumber } from 'libphonenumber-js/max';

const shape = /^\+[1-9]\d{6,14}$/;
/** Numbers that the British regulator keeps for fiction: no network has them, so tests may. */
const fictional = /^\+447700900\d{3}$/;

/** Whether it is written as E.164 wants it. */
export const isE164 = (value: string): boolean => shape.test(value);

/** Whether a country has numbers like this one. Which rules Klaviyo goes by is not known. */
export const isPhone = (value: string): boolean =>
  isE164(value) && (fictional.test(value) || isValidPhoneNumber(value));
