/** The customers of a CSV file as jobs, row by row. */

import { Readable } from 'node:stream';
import { type Info, parse } from 'csv-parse';
import { counted } from '../counted.ts';
import { CommandFailure } from '../failure.ts';
import type { Entry } from '../jobs/entry.ts';
import { bytesOf, type InputFile, type JobSource } from '../jobs/job-source.ts';
import { type ColumnMapping, type MappingOptions, mapColumns } from './column-mapping.ts';
import { type RowOptions, toCustomerJob } from './to-customer-job.ts';

export interface CsvOptions extends MappingOptions, RowOptions {
  readonly delimiter: string;
}

interface Row {
  readonly record: readonly string[];
  readonly info: Info;
}

/** A replacement character: bytes that are no UTF-8, as of files in Windows' own encoding. */
const foreign = '\ufffd';

const toEntry = (
  { record }: Row,
  line: number,
  mapping: ColumnMapping,
  options: CsvOptions,
): Entry => {
  if (record.length !== mapping.length)
    return {
      line,
      problem: `has ${counted(record.length, 'cell')}, and there are ${counted(mapping.length, 'column')}`,
    };
  if (record.some((cell) => cell.includes(foreign)))
    return { line, problem: 'is not UTF-8 text: save the file as "CSV UTF-8"' };
  return { line, text: toCustomerJob(record, mapping, options) };
};

interface CsvError {
  readonly code: string;
  readonly lines?: number;
}

/** The parser's own words would quote the file. */
const isCsvError = (error: unknown): error is CsvError =>
  typeof error === 'object' &&
  /^(CSV_|INVALID_OPENING_QUOTE)/.test(String((error as { code?: unknown })?.code));

async function* rowsOf(
  chunks: AsyncIterable<Buffer>,
  delimiter: string,
  atMost = -1,
): AsyncGenerator<Row, void, void> {
  const parser = parse({
    to: atMost,
    bom: true,
    delimiter,
    info: true,
    relax_column_count: true, // a row of another length is broken, and the next may not be
    skip_empty_lines: true,
    max_record_size: 2 * 1_048_576,
  });
  const input = Readable.from(chunks);
  input.once('error', (error) => parser.destroy(error));
  input.pipe(parser);
  try {
    yield* parser;
  } finally {
    input.destroy();
  }
}

/** The line on which a row begins: cells may have line breaks in them. */
const lineOf = ({ record, info }: Row): number =>
  info.lines - record.join('').split('\n').length + 1;

const columnsOf = ({ record }: Row): string[] => record.map((name) => name.trim());

/** From there on, no row can be told from the next. */
const failAtQuote = (file: InputFile, { code, lines = 1 }: CsvError): never => {
  throw new CommandFailure(
    code === 'CSV_QUOTE_NOT_CLOSED'
      ? `${file.name} ends within a quotation, which is never closed: correct it, nothing was sent`
      : `line ${lines} of ${file.name} has a quotation mark out of place: correct it, nothing was sent`,
  );
};

async function* entriesOf(
  file: InputFile,
  options: CsvOptions,
  onBytes: (bytes: Buffer) => void,
): AsyncGenerator<Entry, void, void> {
  let mapping: ColumnMapping | undefined;
  try {
    for await (const row of rowsOf(bytesOf(file, onBytes), options.delimiter)) {
      if (mapping !== undefined) yield toEntry(row, lineOf(row), mapping, options);
      else mapping = mapColumns(columnsOf(row), options);
    }
  } catch (error) {
    if (!isCsvError(error)) throw error;
    failAtQuote(file, error);
  }
}

/** The first row names the columns. */
export const csvSource = (file: InputFile, options: CsvOptions): JobSource => ({
  file,
  variant: JSON.stringify(options),
  entries: (onBytes = () => {}) => entriesOf(file, options, onBytes),
});

const firstRowOf = async (file: InputFile, delimiter: string): Promise<Row | undefined> => {
  const bytes = bytesOf(file, () => {});
  try {
    for await (const row of rowsOf(bytes, delimiter, 1)) return row;
    return undefined;
  } catch (error) {
    if (!isCsvError(error)) throw error;
    return failAtQuote(file, error);
  }
};

/**
 * The columns of a file and what becomes of them.
 * @throws CommandFailure when it has none, or they cannot be mapped.
 */
export const readColumns = async (file: InputFile, options: CsvOptions) => {
  const row = await firstRowOf(file, options.delimiter);
  if (row === undefined)
    throw new CommandFailure(`${file.name} is empty: its first row has to name the columns`);
  const columns = columnsOf(row);
  return { columns, mapping: mapColumns(columns, options) };
};
