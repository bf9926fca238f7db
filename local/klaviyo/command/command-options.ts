/** The command line of the simulator. */
import { Command, InvalidArgumentError } from 'commander';
import * as z from 'zod';
import packageJson from '../../../package.json' with { type: 'json' };
import { instant } from '../control/shapes/basics.ts';

export interface CommandOptions {
  readonly port: number;
  readonly host?: string;
  readonly settings?: string;
  readonly seed: number;
  readonly clock?: number;
  readonly clockStands?: boolean;
  readonly json?: boolean;
}

const wholeNumber = (max: number) => (text: string) => {
  if (!/^\d+$/.test(text) || Number(text) > max) {
    throw new InvalidArgumentError(`a whole number up to ${max} is needed`);
  }
  return Number(text);
};

const startTime = (text: string): number => {
  const parsed = instant.safeParse(text);
  if (parsed.success) return parsed.data;
  throw new InvalidArgumentError('a time with its offset is needed, such as 2026-01-31T12:00:00Z');
};

const hostName = (text: string): string => {
  if (z.union([z.hostname(), z.ipv4()]).safeParse(text).success) return text;
  throw new InvalidArgumentError('a name or an address of this machine is needed');
};

const epilogue = `
Accounts, keys, OAuth apps, limits, delays and faults come from the file of settings; without one
there is one account with the key pk_simulated. docs/simulator.md of the project describes the file,
the interface below /simulator by which tests look inside and make trouble, and the pages at /.

Nothing is kept. Exit codes: 0 ended by Ctrl-C, 1 it could not start, 2 wrong command line.
`;

/** @throws CommanderError when it is misused or asked for help, having said so. */
export const parseCommandLine = (words: readonly string[]): CommandOptions =>
  new Command('klaviyo-simulator')
    .description('A Klaviyo for tests, on this machine: its API, OAuth, limits and faults.')
    .version(packageJson.version)
    .option('--port <port>', 'where to listen; 0 is any free port', wholeNumber(65_535), 8060)
    .option(
      '--host <name>',
      "open the port to the network, under this machine's name or address",
      hostName,
    )
    .option('--settings <file>', 'accounts with their keys, and the rest, as JSON')
    .option(
      '--seed <number>',
      'the same gives the same ids, tokens and faults',
      wholeNumber(2 ** 32 - 1),
      1,
    )
    .option('--clock <time>', 'what the clock shows at the start, in place of now', startTime)
    .option('--clock-stands', 'the clock moves only when it is told to')
    .option('--json', 'print what is served as one line of JSON')
    .addHelpText('after', epilogue)
    .allowExcessArguments(false)
    .configureOutput({
      outputError: (text, write) => write(text.replace(/^error: /, 'klaviyo-simulator: ')),
    })
    .exitOverride()
    .parse(words, { from: 'user' })
    .opts<CommandOptions>();
