/** `bridge load …`: jobs from other formats. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { parseConnectionId, runs, subcommand } from '../command.ts';
import { addSendOptions } from '../jobs/send-command.ts';
import { customerFields } from './column-mapping.ts';

const collectMapping = (text: string, before: Record<string, string> = {}) => {
  const end = text.lastIndexOf('=');
  if (end < 1) throw new InvalidArgumentError('must be of the form column=field');
  return { ...before, [text.slice(0, end)]: text.slice(end + 1) };
};

const parseDelimiter = (text: string): string => {
  const delimiter = text === '\\t' ? '\t' : text;
  if (delimiter.length !== 1) throw new InvalidArgumentError('must be one character');
  return delimiter;
};

const notes = `
The first row names the columns. A column of a field's name is that field, however it is written:
"First Name", first_name and firstName are the same. Fields: ${customerFields.join(', ')}.
An empty cell leaves its field in Klaviyo alone. All rows are checked before anything is sent.
`;

export const addLoadCommand = (program: Command): void => {
  const load = program.command('load').description('send jobs made from files of other formats');
  const customers = subcommand(
    load,
    'customers',
    'send a customer job for each row of a CSV file',
    [
      'bridge load customers customers.csv --connection acme --dry-run',
      'bridge load customers export.csv --connection acme --map "Klant nr"=customerId --properties',
      "bridge load customers export.csv --connection acme --delimiter ';'",
    ],
  )
    .argument('<csv>', 'the file, or - for standard input')
    .addOption(
      new Option('--connection <id>', 'the connection of all jobs')
        .makeOptionMandatory()
        .argParser(parseConnectionId),
    )
    .option(
      '--map <column=field>',
      'what a column is; without a field, it is left out',
      collectMapping,
    )
    .option('--properties', 'columns that are no field become properties of their name')
    .option('--clear-empty', 'an empty cell clears its field in Klaviyo')
    .option(
      '--delimiter <character>',
      'what separates the columns; \\t is a tab',
      parseDelimiter,
      ',',
    )
    .addHelpText('after', notes);
  runs(addSendOptions(customers), async () => (await import('./load-customers.ts')).loadCustomers);
};
