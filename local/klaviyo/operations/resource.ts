/** `fields[…]`: keeps the named attributes; a dotted name keeps one member of an attribute. */
export const pickFields = (
  attributes: Readonly<Record<string, unknown>>,
  fields: string | undefined,
): Record<string, unknown> => {
  if (fields === undefined) return attributes;
  const picked: Record<string, unknown> = {};
  for (const path of fields.split(',')) {
    const [name = '', ...rest] = path.split('.');
    const value = attributes[name];
    if (value === undefined) continue;
    const inner = rest.length > 0 && typeof value === 'object' && value !== null;
    picked[name] = inner
      ? { ...Object(picked[name]), ...pickFields({ ...value }, rest.join('.')) }
      : value;
  }
  return picked;
};

/** The body of a collection. */
export const collection = (page: {
  data: readonly unknown[];
  links: unknown;
  included?: readonly unknown[] | undefined;
}) => ({
  data: page.data,
  ...(page.included && { included: page.included }),
  links: page.links,
});
