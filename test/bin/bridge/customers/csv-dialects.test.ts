import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { csvSource, readColumns } from '../../../../bin/bridge/customers/csv-source.ts';
import { dialectOf } from '../../../../bin/bridge/customers/dialect.ts';

const folder = mkdtempSync(join(tmpdir(), 'csv-dialects-'));
afterAll(() => rmSync(folder, { recursive: true }));

const columns = ['customerId', 'email', 'firstName', 'note'];
const lineEnds = ['\n', '\r\n', '\r'];

/** Any text, with what has a meaning in a file of this kind more often than not. */
const text = fc
  .array(
    fc.oneof(
      fc.constantFrom('"', "'", ',', ';', '\t', '|', '\n', '\r\n', '=', ' ', 'sep=', '0', 'é'),
      fc.string({ unit: 'grapheme', maxLength: 3 }),
    ),
    { maxLength: 6 },
  )
  .map((parts) => parts.join('').trim())
  // What would be taken for a mark, a cell may hold behind a mark only.
  .filter((value) => !/^['=\ufeff]/.test(value) && !value.includes('\ufffd'));

const customer = fc.record({
  customerId: fc.stringMatching(/^[0-9A-Z-]{1,8}$/),
  email: fc.constantFrom('', 'a@example.com'),
  firstName: text,
  note: text,
});

interface Way {
  readonly quoted: boolean;
  readonly mark: 'none' | 'apostrophe' | 'formula';
  readonly end: string;
  readonly blankLine: boolean;
}

const way: fc.Arbitrary<Way> = fc.record({
  quoted: fc.boolean(),
  mark: fc.constantFrom('none', 'apostrophe', 'formula'),
  end: fc.constantFrom(...lineEnds),
  blankLine: fc.boolean(),
});

const dialect = fc.record({
  delimiter: fc.constantFrom(',', ';', '\t', '|'),
  bom: fc.boolean(),
  separatorLine: fc.boolean(),
  ways: fc.array(way, { minLength: 1, maxLength: 7 }),
});

const doubled = (value: string) => value.replaceAll('"', '""');

const marked = (value: string, { mark }: Way): string => {
  if (mark === 'formula') return `="${doubled(value)}"`;
  return mark === 'apostrophe' && /^[\d=+@-](?!0s)/.test(value) ? `'${value}` : value;
};

const written = (value: string, delimiter: string, by: Way): string => {
  const cell = marked(value, by);
  const needsQuotes = /^"|[\r\n]/.test(cell) || cell.includes(delimiter);
  return by.quoted || needsQuotes ? `"${doubled(cell)}"` : cell;
};

test('a table of customers is read as it was, in whichever dialect it is written', async () => {
  const path = join(folder, 'customers.csv');
  const property = fc.asyncProperty(
    fc.array(customer, { maxLength: 6 }),
    dialect,
    async (customers, { delimiter, bom, separatorLine, ways }) => {
      let cells = 0;
      const next = (): Way => ways[cells++ % ways.length] as Way;
      const lineOf = (values: readonly string[], by = next()) =>
        values.map((value) => written(value, delimiter, next())).join(delimiter) +
        by.end +
        (by.blankLine ? delimiter.repeat(columns.length - 1) + by.end : '');
      const rows = customers.map((one) => lineOf(Object.values(one)));
      const head = `${bom ? '\ufeff' : ''}${separatorLine ? `sep=${delimiter}\r\n` : ''}`;
      writeFileSync(path, head + lineOf(columns) + rows.join(''));

      const file = { name: 'customers.csv', path, bytes: 0, isKept: true };
      const found = await dialectOf(file, undefined, {});
      const options = { connectionId: 'acme', map: {}, properties: true, types: {} };
      const all = { ...options, clearEmpty: true, ...found };
      const read: unknown[] = [];
      for await (const entry of csvSource(file, await readColumns(file, all), all).entries()) {
        const { customerId, email, firstName, properties } =
          'text' in entry ? JSON.parse(entry.text).customer : {};
        read.push({ customerId, email, firstName, note: properties?.note });
      }
      const meant = customers.map((one) => ({
        customerId: one.customerId,
        email: one.email || null,
        firstName: one.firstName || null,
        note: one.note || null,
      }));
      expect(found.delimiter).toBe(delimiter);
      expect(read).toEqual(meant);
    },
  );
  await fc.assert(property, { numRuns: 300 });
});
