/** `npm run docs`: renews what is generated in docs/messages.md, and docs/schemas. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { renewPage, schemaFiles } from './docs/message-reference.ts';

const docs = new URL('../docs/', import.meta.url);
const page = new URL('messages.md', docs);
const schemas = new URL('schemas/', docs);

writeFileSync(page, renewPage(readFileSync(page, 'utf8')));
rmSync(schemas, { recursive: true, force: true });
mkdirSync(schemas);
for (const [name, text] of schemaFiles()) writeFileSync(new URL(name, schemas), text);
