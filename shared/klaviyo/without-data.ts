/** What may be told of the place of a field, in logs and attributes. */

/** As programs name things. An address, a name with blanks or a telephone number is none of these. */
const isIdentifier = (step: string): boolean =>
  /^[$_a-z][\w$[\]-]{0,63}$/i.test(step) && !/\d{6}/.test(step);
const isIndex = (step: string): boolean => /^\d{1,5}$/.test(step);

/**
 * A JSON pointer, or one name. Producers put data into names, by mistake or by habit: what does not
 * look like a name is withheld.
 */
export const withoutData = (pointer: string): string =>
  pointer
    .split('/')
    .map((step) => (step === '' || isIdentifier(step) || isIndex(step) ? step : '<withheld>'))
    .join('/');
