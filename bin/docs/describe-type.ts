/** The type of a field in the words of the table. */
import type { JsonSchema } from './json-schema.ts';

const code = (value: unknown): string => `\`${JSON.stringify(value)}\``;

const ofString = ({ format, pattern = '' }: JsonSchema): string => {
  if (format === 'date-time') return 'time, ISO 8601 with offset';
  if (format === 'date') return 'date, YYYY-MM-DD';
  if (pattern.includes('@')) return 'e-mail address';
  if (pattern.startsWith('^\\+')) return 'phone number, E.164';
  if (pattern === '^[A-Z]{3}$') return 'currency code';
  return 'text';
};

const ofObject = ({ properties, additionalProperties }: JsonSchema): string => {
  if (properties !== undefined) return 'object';
  return typeof additionalProperties === 'object' ? 'object of JSON values' : 'object';
};

const ofType = (type: string, schema: JsonSchema): string => {
  if (type === 'string') return ofString(schema);
  if (type === 'object') return ofObject(schema);
  if (type === 'array') return `array of ${describeType(schema.items ?? {})}`;
  if (type === 'boolean') return '`true` or `false`';
  return type === 'null' ? '`null`' : type;
};

export const describeType = (schema: JsonSchema): string => {
  if (schema.const !== undefined) return code(schema.const);
  if (schema.enum !== undefined) return schema.enum.map(code).join(' or ');
  if (schema.type === undefined && schema.anyOf !== undefined)
    return [...new Set(schema.anyOf.map(describeType))].join(' or ');
  const types = typeof schema.type === 'string' ? [schema.type] : (schema.type ?? []);
  return types.length === 0 ? 'JSON' : types.map((type) => ofType(type, schema)).join(' or ');
};
