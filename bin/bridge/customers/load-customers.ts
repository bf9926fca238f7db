/** `bridge load customers`. */
import type { Call } from '../command.ts';
import { UsageFailure } from '../failure.ts';
import { untilInterrupted } from '../interruption.ts';
import { type InputFile, withInput } from '../jobs/job-source.ts';
import { type SendOptions, sendFrom } from '../jobs/send-from.ts';
import type { Terminal } from '../terminal.ts';
import type { ValueType } from './cell-values.ts';
import { type ColumnMapping, consentFields } from './column-mapping.ts';
import { type CsvOptions, csvSource, readColumns } from './csv-source.ts';
import { dialectOf } from './dialect.ts';

export interface LoadCustomersOptions extends SendOptions {
  readonly connection: string;
  readonly map?: Readonly<Record<string, string>>;
  readonly properties?: boolean;
  readonly types?: Readonly<Record<string, ValueType>>;
  readonly consentFrom?: string;
  readonly clearEmpty?: boolean;
  readonly delimiter?: string;
}

const withConsent = ({ map = {}, consentFrom }: LoadCustomersOptions): CsvOptions['map'] => {
  if (consentFrom === undefined) return map;
  if (Object.hasOwn(map, consentFrom))
    throw new UsageFailure(`--consent-from ${consentFrom}: --map says what this column is`);
  return Object.fromEntries([...Object.entries(map), [consentFrom, 'subscribe.email']]);
};

const csvOptions = async (file: InputFile, options: LoadCustomersOptions): Promise<CsvOptions> => {
  const map = withConsent(options);
  return {
    connectionId: options.connection,
    map,
    properties: options.properties === true,
    types: options.types ?? {},
    clearEmpty: options.clearEmpty === true,
    ...(await dialectOf(file, options.delimiter, map)),
  };
};

const tellOfColumns = (columns: ColumnMapping, csv: CsvOptions, terminal: Terminal): void => {
  // Of those that were left out on purpose, or have no name, nothing has to be told.
  const untold = columns
    .filter(
      ({ field, name }) => field === undefined && name !== '' && !Object.hasOwn(csv.map, name),
    )
    .map(({ name }) => name);
  if (untold.length > 0)
    terminal.note(`columns left out: ${untold.join(', ')} (--properties keeps them)`);
  const fields = columns.flatMap(({ field }) => field ?? []);
  if (consentFields.some((field) => fields.includes(field)) && !fields.includes('occurredAt'))
    terminal.note(
      'consents count as given now: who has opted out in Klaviyo before may be subscribed again; where you know when they were given, add --map <column>=occurredAt',
    );
};

export const loadCustomers = (call: Call<LoadCustomersOptions>): Promise<void> =>
  untilInterrupted((signal) =>
    withInput(String(call.args[0]), signal, async (file) => {
      const { options, terminal } = call;
      const csv = await csvOptions(file, options);
      if (options.delimiter === undefined && csv.delimiter !== ',')
        terminal.note(`columns are separated by ${JSON.stringify(csv.delimiter)}`);
      const columns = await readColumns(file, csv);
      tellOfColumns(columns, csv, terminal);
      await sendFrom(csvSource(file, columns, csv), call, signal);
    }),
  );
