import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { compared, shownCommands } from '../support/console-blocks.ts';

const project = join(import.meta.dirname, '../..');
const pages = ['README.md', 'CHANGELOG.md', ...globSync('docs/**/*.md', { cwd: project })];
const textOf = (page: string): string => readFileSync(join(project, page), 'utf8');
const found = (pattern: RegExp) =>
  pages.flatMap((page) =>
    [...textOf(page).matchAll(pattern)].map(([, what = '']) => [page, what] as const),
  );

const unique = <T>(items: readonly T[]): T[] => [
  ...new Map(items.map((item) => [JSON.stringify(item), item])).values(),
];

const scripts = unique([
  ...found(/\bnpm run (?:--silent )?([a-z]+(?::[a-z]+)*)/g),
  ...found(/\bnpm (start|test)\b/g),
]);

it.each(scripts)('%s: `npm run %s` is a script of the project', (_, script) => {
  expect(Object.keys(packageJson.scripts)).toContain(script);
});

/** As GitHub makes it of a heading. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');

it.each(unique(found(/\]\((?!https?:)([^)\s]+)\)/g)))(
  '%s: the link to %s leads somewhere',
  (page, link) => {
    const [path = '', anchor] = link.split('#');
    const target = path === '' ? page : join(dirname(page), path);
    expect(existsSync(join(project, target))).toBe(true);
    if (anchor === undefined) return;
    const anchors = [...textOf(target).matchAll(/^#+ (.*)$/gm)].map(([, text = '']) =>
      anchorOf(text),
    );
    expect(anchors).toContain(anchor);
  },
);

it('the README shows every folder that is compiled, and none that is not there', () => {
  const [, tree = ''] = /## How it is built\n\n```\n(.*?)```/s.exec(textOf('README.md')) ?? [];
  const shown = [...tree.matchAll(/^(\w+)\/ /gm)].map(([, folder = '']) => folder);
  const [, compiled = ''] = /"include": \[(.*?)\]/.exec(textOf('tsconfig.json')) ?? [];
  const folders = [...compiled.matchAll(/"(\w+)"/g)].map(([, folder = '']) => folder);
  expect(folders.length).toBeGreaterThan(3);
  expect(shown).toEqual(expect.arrayContaining(folders));
  for (const folder of shown) expect(existsSync(join(project, folder))).toBe(true);
});

it('the README shows what its commands print, so that a run can be held to it', () => {
  const shown = shownCommands(textOf('README.md'));
  expect(shown.filter(({ output }) => output.length > 0).length).toBeGreaterThan(10);
});

const isAsShown = (printed: string, output: readonly string[]): boolean => {
  const { printed: actual, shown } = compared(printed, { command: 'any', output });
  return actual === shown;
};

it('leaves aside only what varies from run to run', () => {
  expect(isAsShown('acme  7 s\n', ['acme  not yet'])).toBe(true);
  expect(
    isAsShown('3f2c9a51  lists  2026-01-31T12:00:00Z\n', ['770391be  lists  2026-02-01T00:00:00Z']),
  ).toBe(true);
  expect(isAsShown('a\nb\nc\nd\n', ['a', '…', 'd'])).toBe(true);
});

it.each([
  ['another count', 'sent 9 jobs\n', ['sent 10 jobs']],
  ['another line', 'line 2: x\n', ['line 3: x']],
  ['another word', 'acme  paused  7 s\n', ['acme  connected  7 s']],
  ['a row too many', 'customers  0  0  1\nlists  0\n', ['customers  0  0  1']],
  ['a row too few', 'customers  1\n', ['customers  1', 'lists  0']],
  ['other dead letters', 'inbound  474  0  1\n', ['inbound  0  0  0']],
  ['nothing', '', ['…', 'sent 10 jobs']],
  ['something', 'oh\n', []],
  ['what follows in place of the end', 'a\nb\n', ['…', 'a']],
])('would notice %s', (_, printed, output) => {
  expect(isAsShown(printed, output)).toBe(false);
});
