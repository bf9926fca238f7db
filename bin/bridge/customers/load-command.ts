/** `bridge load …`: jobs from other formats. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { parseConnectionId, runs, subcommand } from '../command.ts';
import { addSendOptions } from '../jobs/send-command.ts';
import { valueForms } from './cell-values.ts';
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

/** A column's name may hold commas and colons itself. */
const typeForm = new RegExp(`(.+?):(${Object.keys(valueForms).join('|')})(?:,|$)`, 'gsy');

const collectTypes = (text: string, before: Record<string, string> = {}) => {
  const found = [...text.matchAll(typeForm)];
  if (found.length === 0 || found.map(([part]) => part).join('') !== text)
    throw new InvalidArgumentError(
      `must be of the form column:type,column:type; types are ${Object.keys(valueForms).join(', ')}`,
    );
  return { ...before, ...Object.fromEntries(found.map(([, name, type]) => [name, type])) };
};

const notes = `
The first row names the columns. A column of a field's name is that field, however it is written:
"First Name", first_name and firstName are the same. Fields: ${customerFields.join(', ')}.
An empty cell leaves its field in Klaviyo alone, and an empty row is passed over.
All rows are checked before anything is sent. A row that cannot be read is told by line and column.

A spreadsheet's marks are not data: ="0042", and an apostrophe before a digit, =, +, - or @ ('0042), or
at the beginning of an id, an address, a phone number, a zip or a time. An id that it has rounded
(1.9143E+18) is refused. Line ends may be mixed, and a quotation mark within a cell is itself.

Properties are text, unless --types says otherwise. A number is 1815 or -12.5, a boolean is true or false,
yes or no, y or n, 1 or 0, a date is 1990-12-31 or a time with its offset. What is none is refused.

No column is consent by its name. Of --consent-from, yes (or true, y, 1) subscribes the e-mail address; no
grants nothing and withdraws nothing. For SMS, --map <column>=subscribe.sms. A consent counts as given
at the row's occurredAt, without one when it is sent: then it is later than every opt-out in Klaviyo.
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
      'bridge load customers export.csv --connection acme --properties --types points:number,vip:boolean',
      'bridge load customers export.csv --connection acme --consent-from "Accepts Email Marketing"',
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
    .option(
      '--types <column:type,…>',
      'what properties are: number, boolean, date or text',
      collectTypes,
    )
    .option('--consent-from <column>', 'the column that says who agreed to e-mail marketing')
    .option('--clear-empty', 'an empty cell clears its field in Klaviyo')
    .option(
      '--delimiter <character>',
      'what separates the columns, \\t is a tab; without it, the first row tells',
      parseDelimiter,
    )
    .addHelpText('after', notes);
  runs(addSendOptions(customers), async () => (await import('./load-customers.ts')).loadCustomers);
};
