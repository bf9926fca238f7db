/** How numbers are written for people: `1 job`, `10,000 jobs`. */

export const shownNumber = (number: number | bigint): string => number.toLocaleString('en');

/** A number of things, which it has one of or several. */
export const counted = (number: number, noun: string): string =>
  `${shownNumber(number)} ${noun}${number === 1 ? '' : 's'}`;
