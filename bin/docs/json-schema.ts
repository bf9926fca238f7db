/** JSON Schemas of the messages, with what zod's refinements say in words. */
import * as z from 'zod';
import type { DocumentedMessage } from './documented-messages.ts';
import { noteOf } from './field-notes.ts';

export interface JsonSchema {
  readonly $ref?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly type?: string | readonly string[];
  readonly format?: string;
  readonly pattern?: string;
  readonly anyOf?: JsonSchema[];
  readonly items?: JsonSchema;
  readonly properties?: Record<string, JsonSchema>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | JsonSchema;
  description?: string;
}

const identifiers = ['profileId', 'customerId', 'email', 'phoneNumber'];

/** Its pattern says what an address is; the format would leave out letters beyond ASCII. */
const keepPatternAlone = (schema: { format?: string }): void => {
  if (schema.format === 'email') delete schema.format;
};

/** A person needs one of the identifiers: a refinement, which zod leaves out of JSON Schemas. */
const requireOneIdentifier = (schema: JsonSchema): void => {
  const { properties, required = [] } = schema;
  if (properties === undefined || required.includes('customerId')) return;
  if (!identifiers.every((name) => name in properties)) return;
  Object.assign(schema, { anyOf: identifiers.map((name) => ({ required: [name] })) });
};

/** A time of consent goes with history alone: another refinement. */
const requireHistory = (schema: JsonSchema): void => {
  if (schema.properties?.consentedAt === undefined) return;
  const history = { historicalImport: { const: true } };
  const then = { properties: history, required: ['historicalImport'] };
  Object.assign(schema, { dependentSchemas: { consentedAt: then } });
};

export interface Field {
  /** `customer.location.city`, `transaction.lines[].sku` */
  readonly path: string;
  readonly schema: JsonSchema;
  /** `either`: of several forms, of which this one has it. */
  readonly needed: 'yes' | 'either' | 'no';
}

/** The objects that a value of this schema can be. */
const objectsIn = (schema: JsonSchema): readonly JsonSchema[] =>
  schema.properties === undefined ? (schema.anyOf ?? []).flatMap(objectsIn) : [schema];

/** Every field of a message, each before those inside it. */
export const fieldsOf = (schema: JsonSchema, prefix = ''): Field[] => {
  const forms = objectsIn(schema);
  const always = forms.length > 1 ? 'either' : 'yes';
  return forms.flatMap(({ properties = {}, required = [] }) =>
    Object.entries(properties).flatMap(([name, inner]) => {
      const path = prefix + name;
      const needed = required.includes(name) ? always : 'no';
      const items = inner.items === undefined ? [] : fieldsOf(inner.items, `${path}[].`);
      return [{ path, schema: inner, needed }, ...items, ...fieldsOf(inner, `${path}.`)];
    }),
  );
};

/** The schema of a message as published in docs/schemas. */
export const toJsonSchema = ({ type, schema, purpose }: DocumentedMessage): JsonSchema => {
  const generated = z.toJSONSchema(schema, {
    io: 'input',
    override: ({ jsonSchema }) => {
      keepPatternAlone(jsonSchema);
      requireOneIdentifier(jsonSchema as JsonSchema);
      requireHistory(jsonSchema as JsonSchema);
    },
  });
  const { $schema, ...rest } = generated;
  const text = JSON.stringify(rest).replaceAll('__schema0', 'json'); // zod's name for "any JSON"
  const body = JSON.parse(text) as JsonSchema;
  for (const field of fieldsOf(body)) {
    const note = noteOf(type, field.path);
    if (note !== undefined) field.schema.description = note;
  }
  const description = purpose;
  return {
    $schema,
    $id: `urn:klaviyo-bridge:${type}`,
    title: type,
    description,
    ...body,
  } as JsonSchema;
};
