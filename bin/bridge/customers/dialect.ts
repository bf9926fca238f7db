/** How a CSV file is written, as far as its first lines tell. */
import { open } from 'node:fs/promises';
import { CommandFailure } from '../failure.ts';
import type { InputFile } from '../jobs/job-source.ts';
import { isField } from './column-mapping.ts';
import { type Dialect, rowsOf } from './csv-rows.ts';

/** In the order in which they are taken where several would do. */
const delimiters = [',', ';', '\t', '|'];

/** A line by which Excel is told the delimiter. It stands before the table. */
const separatorLine = /^\ufeff?"?sep=([^\r\n])"?(?:\r|\n|$)/i;

const headOf = async ({ path }: InputFile): Promise<string> => {
  const handle = await open(path);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(16), 0, 16, 0);
    return buffer.toString('utf8', 0, bytesRead);
  } finally {
    await handle.close();
  }
};

const columnsBy = async (file: InputFile, dialect: Dialect): Promise<readonly string[]> => {
  try {
    for await (const { cells } of rowsOf(file, dialect, { atMost: 1 })) return cells;
  } catch (error) {
    if (!(error instanceof CommandFailure)) throw error; // it is told when the file is read by it
  }
  return [];
};

/**
 * The delimiter that is given, or that a `sep=` line names, or by which the first row has the most
 * columns of a field's name, and the most columns at all. The parser's own guess counts characters:
 * it takes letters for delimiters, and fails at an accent.
 */
export const dialectOf = async (
  file: InputFile,
  given: string | undefined,
  map: Readonly<Record<string, string>>,
): Promise<Dialect> => {
  const [line, named] = separatorLine.exec(await headOf(file)) ?? [];
  const firstLine = line === undefined ? 1 : 2;
  const known = given ?? named;
  if (known !== undefined) return { delimiter: known, firstLine };
  const isKnown = (name: string) => Object.hasOwn(map, name.trim()) || isField(name);
  const readings = await Promise.all(
    delimiters.map(async (delimiter) => {
      const columns = await columnsBy(file, { delimiter, firstLine });
      return { delimiter, fields: columns.filter(isKnown).length, columns: columns.length };
    }),
  );
  const [best] = readings.toSorted((a, b) => b.fields - a.fields || b.columns - a.columns);
  // Of one column, the file is rather one that another delimiter could not read at all.
  const unread = readings.find(({ columns }) => columns === 0);
  const chosen = best !== undefined && best.columns > 1 ? best : (unread ?? best);
  return { delimiter: chosen?.delimiter ?? ',', firstLine };
};
