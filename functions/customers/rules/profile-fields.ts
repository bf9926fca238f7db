/** A profile's attributes as single fields, each with its path: members of objects one by one. */
import type { ProfileAttributes } from '../../../shared/klaviyo/index.ts';

/** Objects whose members are fields of their own. */
const objects = ['location', 'properties'] as const;

type ObjectName = (typeof objects)[number];

export interface Field {
  /** `first_name`, `location.city`, `properties.points`. */
  readonly path: string;
  readonly object?: ObjectName;
  readonly name: string;
  readonly value: unknown;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Attributes but for those of these names. */
export const without = (
  attributes: ProfileAttributes,
  names: readonly string[],
): ProfileAttributes =>
  Object.fromEntries(Object.entries(attributes).filter(([name]) => !names.includes(name)));

/** What is `undefined` says nothing. */
export const fieldsOf = (attributes: ProfileAttributes): Field[] =>
  Object.entries(attributes).flatMap(([name, value]): Field[] => {
    if (value === undefined) return [];
    const object = objects.find((one) => one === name);
    if (object === undefined || !isObject(value)) return [{ path: name, name, value }];
    return Object.entries(value)
      .filter(([, inner]) => inner !== undefined)
      .map(([key, inner]) => ({ path: `${object}.${key}`, object, name: key, value: inner }));
  });

/** The fields put together again. */
export const attributesOf = (fields: readonly Field[]): ProfileAttributes => {
  const pairs = (some: readonly Field[]) => some.map(({ name, value }) => [name, value] as const);
  const byObject = Map.groupBy(fields, ({ object }) => object);
  const plain = Object.fromEntries(pairs(byObject.get(undefined) ?? []));
  for (const object of objects) {
    const members = byObject.get(object);
    if (members !== undefined) plain[object] = Object.fromEntries(pairs(members));
  }
  return plain;
};
