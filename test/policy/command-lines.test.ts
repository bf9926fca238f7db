import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { codeLinesIn, commandLinesIn, misuseOf } from '../support/bridge-command-lines.ts';

const project = join(import.meta.dirname, '../..');
const pages = ['README.md', ...globSync('docs/**/*.md', { cwd: project })];

/** As one runs it in a checkout, and as one runs the installed command. */
const start = /^\s*(?:\$ )?(?:npm run (?:--silent )?bridge --|(?:npx )?klaviyo-bridge)(?=\s|$)/;

const shown = pages.flatMap((page) => {
  const text = readFileSync(join(project, page), 'utf8');
  return commandLinesIn(codeLinesIn(text), start).map((line) => [page, line] as const);
});

it('the documents show how to look, to repair and to connect', () => {
  const lines = shown.map(([, line]) => line).join('\n');
  for (const words of ['status', 'dead-letters redrive', 'dead-letters show', 'connect ', 'poll '])
    expect(lines).toContain(words);
  expect(new Set(shown.map(([page]) => page))).toContain('README.md');
});

it.each(shown)('%s: `bridge %s` is a command line that the program takes', async (_, line) => {
  expect(await misuseOf(line)).toBeUndefined();
});

it.each([
  ['dead-letters redo', "unknown command 'redo'"],
  ['status --colour', "unknown option '--colour'"],
  ['connections show', "missing required argument 'id'"],
  ['connect acme shop', 'too many arguments'],
  ['connections set acme colour=red', 'no setting is called colour'],
])('`bridge %s` would be noticed', async (line, problem) => {
  expect(await misuseOf(line)).toContain(problem);
});
