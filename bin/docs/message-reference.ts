/** The generated parts of the documentation: a section per message, and the JSON Schemas. */
import { describeType } from './describe-type.ts';
import { type DocumentedMessage, documentedMessages } from './documented-messages.ts';
import { noteOf } from './field-notes.ts';
import { renewed } from './generated-part.ts';
import { type Field, fieldsOf, toJsonSchema } from './json-schema.ts';

const rowOf = (type: string, { path, schema, needed }: Field): string => {
  const note = noteOf(type, path) ?? '';
  return `| \`${path}\` | ${describeType(schema)} | ${needed === 'no' ? '' : needed} | ${note} |`;
};

const sectionOf = (message: DocumentedMessage): string => {
  const { type, queue, purpose, example } = message;
  const fields = fieldsOf(toJsonSchema(message));
  const rows = new Map(fields.map((field) => [field.path, rowOf(type, field)]));
  return [
    `### ${type}`,
    `Queue \`${queue}\`. ${purpose} ([JSON Schema](schemas/${type}.json))`,
    ['```json', JSON.stringify(example, null, 2), '```'].join('\n'),
    ['| field | type | needed | |', '|---|---|---|---|', ...rows.values()].join('\n'),
  ].join('\n\n');
};

/** The page with its generated part renewed; all else is as it was written. */
export const renewPage = (page: string): string => {
  const sections = documentedMessages.map(sectionOf).join('\n\n');
  return renewed('docs/messages.md', page, sections);
};

/** The text of each schema's file, by its name. */
export const schemaFiles = (): ReadonlyMap<string, string> =>
  new Map(
    documentedMessages.map((message) => [
      `${message.type}.json`,
      `${JSON.stringify(toJsonSchema(message), null, 2)}\n`,
    ]),
  );
