/** Any value that a JSON Schema takes, as far as the messages' schemas go; odd ones come often. */
import fc from 'fast-check';
import type { JsonSchema } from '../../bin/docs/json-schema.ts';

type Schema = JsonSchema & { readonly minLength?: number; readonly maxLength?: number };

const number = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.constantFrom(0, -0, 1e200, -1e200, Number.MAX_VALUE, Number.MIN_VALUE, 2 ** 53, 19.99),
  fc.integer(),
);
const instant = fc
  .tuple(
    fc.date({
      min: new Date('0000-01-02T00:00:00Z'),
      max: new Date('9999-12-30T00:00:00Z'),
      noInvalidDate: true,
    }),
    fc.constantFrom('Z', '+00:00', '+14:00', '-11:30'),
  )
  .map(([date, offset]) => date.toISOString().replace('Z', offset));
const email = fc.constantFrom('ann@example.com', 'Bob.Lee+x@EXAMPLE.org', 'zoë@example.com');
const phoneNumber = fc.constantFrom('+31201234567', '+447700900301', '+12065550100');

/** Texts of those patterns that the messages have. */
const texts: readonly [start: string, fc.Arbitrary<string>][] = [
  ['^\\+', phoneNumber],
  ['^[A-Za-z0-9_-]', fc.constant('acme')],
  ['^[A-Z]{3}', fc.constantFrom('EUR', 'JPY')],
  ['^[^\\s@"]', email],
];

const text = ({ format, pattern = '', minLength = 0, maxLength = 60 }: Schema) => {
  if (format === 'date-time') return instant;
  if (format === 'date') return fc.constantFrom('1990-12-31', '1970-01-01');
  const known = texts.find(([start]) => pattern.startsWith(start))?.[1];
  return known ?? fc.string({ unit: 'grapheme', minLength, maxLength: Math.min(maxLength, 60) });
};

const object = (schema: Schema): fc.Arbitrary<unknown> => {
  const { properties = {}, required = [] } = schema;
  const fields = Object.entries(properties).map(([name, inner]) => [name, jsonArbitrary(inner)]);
  return fc.record(Object.fromEntries(fields) as Record<string, fc.Arbitrary<unknown>>, {
    requiredKeys: [...required],
  });
};

export const jsonArbitrary = (schema: Schema): fc.Arbitrary<unknown> => {
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  if (schema.properties !== undefined) return object(schema);
  if (schema.anyOf !== undefined) return fc.oneof(...schema.anyOf.map(jsonArbitrary));
  switch (schema.type) {
    case 'string':
      return text(schema);
    case 'number':
      return number;
    case 'boolean':
      return fc.boolean();
    case 'null':
      return fc.constant(null);
    case 'array':
      return fc.array(jsonArbitrary(schema.items ?? {}), { maxLength: 3 });
    case 'object':
      return fc.dictionary(
        fc.string({ minLength: 1, maxLength: 8 }),
        fc.jsonValue({ maxDepth: 2 }),
      );
    default:
      return fc.jsonValue({ maxDepth: 2 });
  }
};
