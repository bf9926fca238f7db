/** `bridge load customers`. */
import type { Call } from '../command.ts';
import { untilInterrupted } from '../interruption.ts';
import { withInput } from '../jobs/job-source.ts';
import { type SendOptions, sendFrom } from '../jobs/send-from.ts';
import { type CsvOptions, csvSource, readColumns } from './csv-source.ts';

export interface LoadCustomersOptions extends SendOptions {
  readonly connection: string;
  readonly map?: Readonly<Record<string, string>>;
  readonly properties?: boolean;
  readonly clearEmpty?: boolean;
  readonly delimiter: string;
}

const csvOptions = (options: LoadCustomersOptions): CsvOptions => ({
  connectionId: options.connection,
  map: options.map ?? {},
  properties: options.properties === true,
  clearEmpty: options.clearEmpty === true,
  delimiter: options.delimiter,
});

export const loadCustomers = (call: Call<LoadCustomersOptions>): Promise<void> =>
  untilInterrupted((signal) =>
    withInput(String(call.args[0]), signal, async (file) => {
      const { options, terminal } = call;
      const csv = csvOptions(options);
      const { columns, mapping } = await readColumns(file, csv);
      const leftOut = columns.filter((_, index) => mapping[index] === undefined);
      // Of those that were left out on purpose, or have no name, nothing has to be told.
      const untold = leftOut.filter((name) => name !== '' && !Object.hasOwn(csv.map, name));
      if (untold.length > 0)
        terminal.note(`columns left out: ${untold.join(', ')} (--properties keeps them)`);
      await sendFrom(csvSource(file, csv), call, signal);
    }),
  );
