/** The customers of a CSV file as jobs, row by row. */
import { counted } from '../counted.ts';
import { CommandFailure } from '../failure.ts';
import type { Entry } from '../jobs/entry.ts';
import type { InputFile, JobSource } from '../jobs/job-source.ts';
import { textOf } from './cell-values.ts';
import { type ColumnMapping, type MappingOptions, mapColumns } from './column-mapping.ts';
import { type Dialect, type Row, rowsOf, shownColumn } from './csv-rows.ts';
import { type RowOptions, toCustomerJob } from './to-customer-job.ts';

export interface CsvOptions extends MappingOptions, RowOptions, Dialect {}

/** A replacement character: bytes that are no UTF-8, as of files in Windows' own encoding. */
const foreign = '\ufffd';

const outOfPlace = (columns: readonly string[], { brokenCell = 0, line, lastLine }: Row) => {
  const range = line === lastLine ? '' : `, and takes the row to line ${lastLine}`;
  return `${shownColumn(columns, brokenCell)} has a quotation mark out of place${range}`;
};

const toEntry = (
  row: Row,
  columns: readonly string[],
  mapping: ColumnMapping,
  options: CsvOptions,
): Entry => {
  const { cells, line } = row;
  if (row.brokenCell !== undefined) return { line, problem: outOfPlace(columns, row) };
  if (cells.length !== mapping.length)
    return {
      line,
      problem: `has ${counted(cells.length, 'cell')}, and there are ${counted(mapping.length, 'column')}`,
    };
  const unread = cells.findIndex((cell) => cell.includes(foreign));
  if (unread >= 0)
    return {
      line,
      problem: `${shownColumn(columns, unread)} is not UTF-8 text: save the file as "CSV UTF-8"`,
    };
  return { line, ...toCustomerJob(cells, mapping, options) };
};

const fieldName = /(^|; )(?:customer\.)?([^:;]+)(?=: )/g;

/** A person knows columns, and the schema fields. */
const inColumns = (problem: string, mapping: ColumnMapping): string =>
  problem.replaceAll(fieldName, (words, before: string, field: string) => {
    const column = mapping.find((one) => one.field === field);
    return column === undefined ? words : `${before}${shownColumn([column.name], 0)}`;
  });

/** The columns of a file, and what becomes of them. @throws CommandFailure when it has none, or they cannot be mapped. */
export const readColumns = async (file: InputFile, options: CsvOptions): Promise<ColumnMapping> => {
  for await (const row of rowsOf(file, options, { atMost: 1 })) {
    if (row.brokenCell !== undefined)
      throw new CommandFailure(`line ${row.line} of ${file.name}: ${outOfPlace([], row)}`);
    return mapColumns(
      row.cells.map((name) => textOf(name)),
      options,
    );
  }
  throw new CommandFailure(`${file.name} is empty: its first row has to name the columns`);
};

/** The first row names the columns: see `readColumns`. */
export const csvSource = (
  file: InputFile,
  mapping: ColumnMapping,
  options: CsvOptions,
): JobSource => ({
  file,
  variant: JSON.stringify(options),
  explain: (problem) => inColumns(problem, mapping),
  async *entries(onBytes) {
    const columns = mapping.map(({ name }) => name);
    let isHeader = true;
    for await (const row of rowsOf(file, options, { onBytes, columns })) {
      if (!isHeader) yield toEntry(row, columns, mapping, options);
      isHeader = false;
    }
  },
});
