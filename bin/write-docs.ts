/** `npm run docs`: renews what is generated in docs/messages.md, docs/simulator.md and docs/schemas. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { renewPage, schemaFiles } from './docs/message-reference.ts';
import { renewSimulatorPage, simulatorSchemaFiles } from './docs/simulator-reference.ts';

const docs = new URL('../docs/', import.meta.url);
const renew = (name: string, renewed: (page: string) => string): void => {
  const page = new URL(name, docs);
  writeFileSync(page, renewed(readFileSync(page, 'utf8')));
};

const writeAll = (folder: string, files: ReadonlyMap<string, string>): void => {
  const schemas = new URL(folder, docs);
  rmSync(schemas, { recursive: true, force: true });
  mkdirSync(schemas);
  for (const [name, text] of files) writeFileSync(new URL(name, schemas), text);
};

renew('messages.md', renewPage);
renew('simulator.md', renewSimulatorPage);
writeAll('schemas/', schemaFiles());
writeAll('schemas/simulator/', simulatorSchemaFiles());
