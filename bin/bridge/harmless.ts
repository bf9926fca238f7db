/**
 * Text of files, messages and servers, to be printed: what a terminal would obey is shown. It is
 * escaped as in JSON, so that JSON stays what it is.
 */

/** Control characters, and those that turn the order of what follows around. */
const obeyed = /(?![\n\t]|\r\n)\p{Cc}|[\u2028-\u202e\u2066-\u2069]/gu;

const escaped = (character: string): string =>
  `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;

/** Line breaks and tabs stay. */
export const harmless = (text: string): string => text.replaceAll(obeyed, escaped);

/** One line, whatever is in it. */
export const harmlessLine = (text: string): string =>
  harmless(text).replaceAll(/[\r\n\t]/g, escaped);
