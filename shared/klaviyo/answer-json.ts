/** An answer's JSON, with numbers as Klaviyo wrote them. */

/** Of ES2026: Node has it from version 22 on, and so have the functions. */
const { rawJSON } = JSON as { rawJSON?: (written: string) => unknown };

/** Whole numbers of 16 digits and more, and such with an exponent. */
const mayBeRounded = /[:[,\s]-?\d(?:\d{15}|[\d.]*[eE])/;

/** Of whole numbers beyond 2^53 - 1, JavaScript keeps the first 16 digits or so. */
const isRounded = (value: unknown): boolean =>
  typeof value === 'number' &&
  (Number.isInteger(value) ? !Number.isSafeInteger(value) : !Number.isFinite(value));

/**
 * A number that JavaScript would round is kept as its text: `JSON.stringify` writes it out again,
 * digit by digit. Undefined for what is no JSON.
 */
export const parseAnswer = (text: string): unknown => {
  const keepNumber = (_: string, value: unknown, { source }: { source?: string } = {}) =>
    isRounded(value) && source !== undefined ? (rawJSON?.(source) ?? value) : value;
  try {
    return mayBeRounded.test(text) ? JSON.parse(text, keepNumber) : JSON.parse(text);
  } catch {
    return undefined;
  }
};
