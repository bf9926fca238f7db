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

/** The body of a collection. The newest revisions add hints for agents. */
export const collection = (
  served: string,
  page: { data: readonly unknown[]; links: unknown; included?: readonly unknown[] | undefined },
) => ({
  data: page.data,
  ...(page.included && { included: page.included }),
  links: page.links,
  ...(served >= '2026-07-15' && { meta: { agent_hints: { next_steps: [] } } }),
});
