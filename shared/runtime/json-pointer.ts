/** JSON pointers: the place of a field in a job, or in a request of Klaviyo's. */

/** The pointer along these names and indices. */
export const pointerTo = (path: readonly PropertyKey[]): string =>
  path.map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');

/** As programs name things. An address, a name with blanks or a telephone number is none of these. */
const isIdentifier = (step: string): boolean =>
  /^[$_a-z][\w$-]{0,63}$/i.test(step) && !/\d{6}/.test(step);
const isIndex = (step: string): boolean => /^\d{1,5}$/.test(step);

/**
 * The pointer for logs and attributes. Producers put data into names, by mistake or by habit: what
 * does not look like a name is withheld.
 */
export const withoutData = (pointer: string): string =>
  pointer
    .split('/')
    .map((step) => (step === '' || isIdentifier(step) || isIndex(step) ? step : '<withheld>'))
    .join('/');
