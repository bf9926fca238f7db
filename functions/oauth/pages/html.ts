/** HTML in which every value is text: nothing from outside becomes markup. */

export interface Html {
  readonly html: string;
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

const escapeText = (text: string): string =>
  text.replace(/[&<>"']/g, (character) => entities[character] ?? '');

/** A template whose strings are escaped, in text and in quoted attributes alike. */
export const html = (
  parts: TemplateStringsArray,
  ...values: readonly (string | Html | undefined)[]
): Html => ({
  html: String.raw(
    { raw: parts },
    ...values.map((value = '') => (typeof value === 'string' ? escapeText(value) : value.html)),
  ),
});
