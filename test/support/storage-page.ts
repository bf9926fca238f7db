/** docs/storage.md, as far as it can be held against the stores. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const page = readFileSync(join(import.meta.dirname, '../../docs/storage.md'), 'utf8');

export interface StoredKind {
  readonly table: string;
  readonly name: string;
  readonly key: readonly string[];
  readonly attributes: readonly string[];
  readonly keptMs: number | undefined;
  readonly personalData: string;
}

const unitsMs: Record<string, number> = { second: 1_000, hour: 3_600_000, day: 86_400_000 };
const quoted = (text: string): string[] => [...text.matchAll(/`([^`]+)`/g)].map(([, q = '']) => q);

const kindOf = (table: string, section: string): StoredKind => {
  const [name = '', ...lines] = section.split('\n');
  const told = (label: string) =>
    lines.find((line) => line.startsWith(`- ${label}: `))?.slice(label.length + 4) ?? '';
  const [, count, unit = ''] = /(\d+) (second|hour|day)s?\b/.exec(told('Time to live')) ?? [];
  const rows = lines.filter((line) => line.startsWith('| `'));
  return {
    table,
    name: name.trim(),
    key: quoted(told('Key').split(/[,;]/)[0] ?? ''),
    attributes: rows.flatMap((row) => quoted(row.split('|')[1] ?? '')).toSorted(),
    keptMs: count === undefined ? undefined : Number(count) * (unitsMs[unit] ?? Number.NaN),
    personalData: told('Personal data'),
  };
};

export const storedKinds = page
  .split(/^## /m)
  .slice(1)
  .flatMap((part) => {
    const [table = '', ...sections] = part.split(/^### /m);
    return sections.map((section) => kindOf(table.split('\n')[0] ?? '', section));
  });

const pattern = (text: string): string =>
  text
    .replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')
    .replaceAll(/<(link|ledger)>/g, '.+')
    .replaceAll(/<[^>]+>/g, '[^#]*');

const places = storedKinds.map((kind) => ({
  kind,
  key: new RegExp(`^${kind.key.map(pattern).join(' · ')}$`),
}));

/** The kind of item that has such a key; undefined where there is none, or more than one. */
export const kindOfKey = (table: string, key: readonly string[]): StoredKind | undefined => {
  const fitting = places.filter((one) => one.kind.table === table && one.key.test(key.join(' · ')));
  return fitting.length === 1 ? fitting[0]?.kind : undefined;
};
