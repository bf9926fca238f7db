/** The rows of a CSV file, each with its place, whoever has written it. */
import { Readable } from 'node:stream';
import { type Info, parse } from 'csv-parse';
import { CommandFailure } from '../failure.ts';
import { maxEntryBytes } from '../jobs/entry.ts';
import { bytesOf, type InputFile } from '../jobs/job-source.ts';

/** How a file is written. */
export interface Dialect {
  readonly delimiter: string;
  /** 2 where the first line is none of the table. */
  readonly firstLine: number;
}

export interface Row {
  readonly cells: readonly string[];
  /** Where it begins, and where it ends: cells may have line breaks in them. */
  readonly line: number;
  readonly lastLine: number;
  /** The place of a cell that begins with a quotation, and does not end with it. */
  readonly brokenCell: number | undefined;
}

export interface ReadOptions {
  readonly onBytes?: ((bytes: Buffer) => void) | undefined;
  /** @default all rows */
  readonly atMost?: number;
  /** The names of the columns, for what has to be told. */
  readonly columns?: readonly string[];
}

interface Parsed {
  readonly record: readonly string[];
  readonly raw: string;
  readonly info: Info;
}

interface CsvError {
  readonly code: string;
  readonly column?: number;
}

const isCsvError = (error: unknown): error is CsvError =>
  typeof error === 'object' && String((error as { code?: unknown })?.code).startsWith('CSV_');

export const shownColumn = (columns: readonly string[], index: number): string =>
  columns[index] === undefined || columns[index] === ''
    ? `column ${index + 1}`
    : `column ${JSON.stringify(columns[index])}`;

const parserOf = ({ delimiter, firstLine }: Dialect, { atMost = -1 }: ReadOptions) =>
  parse({
    bom: true,
    delimiter,
    from_line: firstLine,
    to: atMost,
    info: true,
    raw: true,
    ltrim: true, // a blank before a quotation
    max_record_size: maxEntryBytes,
    record_delimiter: ['\r\n', '\n', '\r'], // all of them: the first row tells nothing of the others
    relax_column_count: true, // a row of another length is broken, and the next may not be
    relax_quotes: true, // within a cell they are its own; at its beginning, see brokenCellOf
    skip_empty_lines: true,
    skip_records_with_empty_values: true,
  });

/** Of a quotation that does not end with its cell, the parser gives what is written, marks and all. */
const brokenCellOf = ({ record, raw }: Parsed): number | undefined => {
  const index = record.findIndex(
    (cell) => cell.startsWith('"') && !raw.includes(`"${cell.replaceAll('"', '""')}"`),
  );
  return index < 0 ? undefined : index;
};

const countOf = (text: string, part: string): number => text.split(part).length - 1;

/** The parser counts a line break of two characters twice where it is within a cell. */
const createPlacing = () => {
  let countedTwice = 0;
  return (parsed: Parsed): Row => {
    const text = parsed.record.join('');
    const pairs = countOf(text, '\r\n');
    countedTwice += pairs;
    const lastLine = parsed.info.lines - countedTwice;
    const breaks = countOf(text, '\n') + countOf(text, '\r') - pairs;
    return {
      cells: parsed.record,
      line: lastLine - breaks,
      lastLine,
      brokenCell: brokenCellOf(parsed),
    };
  };
};

/** From there on, no row can be told from the next. The parser's own words would quote the file. */
const failureOf = ({ code, column = 0 }: CsvError, where: string, columns: readonly string[]) =>
  new CommandFailure(
    code === 'CSV_QUOTE_NOT_CLOSED'
      ? `${where}, a quotation in ${shownColumn(columns, column)} is never closed: correct it, nothing was sent`
      : `${where}, a row is longer than any message may be: is a quotation in ${shownColumn(columns, column)} not closed? Nothing was sent`,
  );

/** @throws CommandFailure when a quotation is never closed. */
export async function* rowsOf(
  file: InputFile,
  dialect: Dialect,
  options: ReadOptions = {},
): AsyncGenerator<Row, void, void> {
  const parser = parserOf(dialect, options);
  const input = Readable.from(bytesOf(file, options.onBytes ?? (() => {})));
  input.once('error', (error) => parser.destroy(error));
  input.pipe(parser);
  const place = createPlacing();
  let where = 'in the first row';
  try {
    for await (const parsed of parser as AsyncIterable<Parsed>) {
      const row = place(parsed);
      where = `after line ${row.lastLine}`;
      yield row;
    }
  } catch (error) {
    if (!isCsvError(error)) throw error;
    throw failureOf(error, `${file.name}: ${where}`, options.columns ?? []);
  } finally {
    input.destroy();
  }
}
