import { readdirSync, readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { describe, expect, test } from 'vitest';
import { producerTypes } from '../../../bin/bridge/jobs/job-types.ts';
import { documentedMessages } from '../../../bin/docs/documented-messages.ts';
import { notedEverywhere, notedPaths } from '../../../bin/docs/field-notes.ts';
import { fieldsOf, toJsonSchema } from '../../../bin/docs/json-schema.ts';
import { renewPage, schemaFiles } from '../../../bin/docs/message-reference.ts';

const docs = new URL('../../../docs/', import.meta.url);
const page = readFileSync(new URL('messages.md', docs), 'utf8');

const validatorOf = (schema: object) => {
  const ajv = new Ajv2020({ strict: false });
  addFormats.default(ajv);
  return ajv.compile(schema);
};

test('docs/messages.md is as `npm run docs` writes it', () => {
  expect(renewPage(page)).toBe(page);
});

test('docs/schemas is as `npm run docs` writes it', () => {
  const schemas = new URL('schemas/', docs);
  const found = new Map(
    readdirSync(schemas)
      .filter((name) => name !== 'simulator')
      .map((name) => [name, readFileSync(new URL(name, schemas), 'utf8')]),
  );
  expect(found).toEqual(new Map(schemaFiles()));
});

test('every message that other systems send or read is described', () => {
  expect(documentedMessages.map(({ type }) => type)).toEqual([
    ...producerTypes,
    'customer.changed',
  ]);
});

test('a page without its marks is not written over', () => {
  expect(() => renewPage('# Messages')).toThrow('has lost the marks');
});

describe.each(documentedMessages)('$type', (message) => {
  const { type, schema, example } = message;
  const jsonSchema = toJsonSchema(message);

  test('its example is valid, by the code and by the JSON Schema', () => {
    expect(schema.safeParse(example).error).toBeUndefined();
    const isValid = validatorOf(jsonSchema);
    expect(isValid(example) || isValid.errors).toBe(true);
  });

  test('its JSON Schema refuses what the code refuses', () => {
    const isValid = validatorOf(jsonSchema);
    const { connectionId, ...without } = example;
    const broken = [without, { ...example, connectionId: 'a b' }, { ...example, type: 'other' }];
    for (const message of broken) {
      expect(schema.safeParse(message).success).toBe(false);
      expect(isValid(message)).toBe(false);
    }
  });

  test('its notes are about fields that it has', () => {
    const paths = fieldsOf(jsonSchema).map(({ path }) => path);
    expect(notedPaths(type).filter((path) => !paths.includes(path))).toEqual([]);
  });
});

test('notes on all messages are about fields that some message has', () => {
  const paths = documentedMessages.flatMap((message) =>
    fieldsOf(toJsonSchema(message)).map(({ path }) => path),
  );
  expect(notedEverywhere.filter((path) => !paths.includes(path))).toEqual([]);
});

test('the JSON Schemas want one of the four identifiers of a person', () => {
  const isValid = schemaOf('list.add');
  const job = { type: 'list.add', connectionId: 'acme', list: { id: 'L1' } };
  expect(isValid({ ...job, person: {} })).toBe(false);
  expect(isValid({ ...job, person: { email: 'jörg@example.com' } })).toBe(true);
});

test('the JSON Schemas of jobs refuse unknown fields', () => {
  const job = { type: 'customer.upsert', connectionId: 'acme' };
  expect(schemaOf('customer.upsert')({ ...job, customer: { customerId: '1', emial: 'x' } })).toBe(
    false,
  );
});

const schemaOf = (type: string) => {
  const message = documentedMessages.find((one) => one.type === type);
  if (message === undefined) throw new Error(`${type} is not described`);
  return validatorOf(toJsonSchema(message));
};

test('the jobs in the producer examples are valid', () => {
  const cli = /--message-body '(\{.*?\n\})'/s.exec(page)?.[1] ?? '';
  const upsert = documentedMessages.find(({ type }) => type === 'customer.upsert');
  expect(upsert?.schema.safeParse(JSON.parse(cli)).error).toBeUndefined();
});
