/** docs/architecture.md names files and exports: each is there. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';

const page = 'docs/architecture.md';
const text = readFileSync(page, 'utf8');
const folderOfPage = dirname(page);

const links = [...text.matchAll(/\[(?<name>[^\]]+)\]\((?<target>[^)#]+)\)/g)].map(
  ({ groups = {} }) => ({ name: groups.name ?? '', path: join(folderOfPage, groups.target ?? '') }),
);
const paths = [...text.matchAll(/`((?:bin|functions|lib|local|shared|docs)\/[\w./-]*)`/g)].map(
  ([, path = '']) => path,
);

/** What a file exports, by itself or handed on. */
const isExported = (name: string, source: string): boolean =>
  new RegExp(
    `^export (default )?(async )?(const|class|function\\*?|interface|type) ${name}\\b`,
    'm',
  ).test(source) || new RegExp(`^export (type )?\\{[^}]*\\b${name}\\b`, 'm').test(source);

test('the page names files and folders that are there', () => {
  expect(links.length).toBeGreaterThan(40);
  const missing = [...links.map(({ path }) => path), ...paths].filter((path) => !existsSync(path));
  expect(missing).toEqual([]);
});

test('the page names exports of the files that it links to', () => {
  const named = links.flatMap(({ name, path }) => {
    const identifier = /^`(\w+)`$/.exec(name)?.[1];
    return identifier === undefined ? [] : [{ identifier, path }];
  });
  expect(named.length).toBeGreaterThan(30);
  const missing = named.filter(
    ({ identifier, path }) => !isExported(identifier, readFileSync(path, 'utf8')),
  );
  expect(missing).toEqual([]);
});

test('the page has every room and every function', () => {
  const missing = [
    ...readdirSync('shared').map((room) => `\`shared/${room}\``),
    ...readdirSync('functions', { withFileTypes: true }).flatMap((entry) =>
      entry.isDirectory() ? [`\`${entry.name}\``] : [],
    ),
  ].filter((name) => !text.includes(name));
  expect(missing).toEqual([]);
});
