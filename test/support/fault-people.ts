/** The people of each shop, by what their jobs are about. */

/** Opposite consents wait a minute for each other, so those who change their minds are few. */
const sizes = {
  /** They join lists and leave them. */
  members: 30,
  /** They subscribe by e-mail. */
  subscribers: 12,
  /** They subscribe by e-mail, and say the opposite. */
  waverers: 6,
  /** They subscribe by SMS. */
  texters: 8,
  /** They subscribe by SMS, and say the opposite. */
  fickle: 4,
  /** Their profiles are deleted in Klaviyo. */
  deleted: 6,
  /** They opt out in Klaviyo, some long ago. */
  leavers: 6,
} as const;
type Group = keyof typeof sizes;

let count = 0;
const numbered = Object.entries(sizes).map(([group, size]) => [
  group,
  Array.from({ length: size }, () => count++),
]);

/** The numbers of the people in each group. */
export const people: Readonly<Record<Group, readonly number[]>> = Object.fromEntries(numbered);
export const everybody: readonly number[] = Object.values(people).flat();

const withPhone = new Set([...people.texters, ...people.fickle, ...people.leavers]);

export const idOf = (who: number): string => `customer-${who}`;
export const emailOf = (shop: string, who: number): string => `p${who}@${shop}.example`;

/** The addresses: nobody has another's. */
export const personOf = (shop: string, who: number) => ({
  email: emailOf(shop, who),
  ...(withPhone.has(who) ? { phoneNumber: `+447946${String(who).padStart(6, '0')}` } : {}),
});
