/** How commands are defined: their words here, their work in a file that is loaded when it is run. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import type * as z from 'zod';
import { connectionId } from '../../shared/connections/contract.ts';
import { plainWords } from './plain-words.ts';
import { createTerminal, type Terminal } from './terminal.ts';

export interface GlobalOptions {
  readonly stage: string;
  readonly profile?: string;
  readonly region?: string;
  readonly json?: boolean;
}

/** One use of a command: what was typed, and where to answer. */
export interface Call<O = unknown> {
  /** The arguments; a variadic one is the array of the last place. */
  readonly args: readonly unknown[];
  readonly options: GlobalOptions & O;
  readonly terminal: Terminal;
}

/** Does the work of a command. @throws CommandFailure when it cannot be done. */
export type Run<O = unknown> = (call: Call<O>) => Promise<void>;

/** Ties a command to its work, loaded only when it is run: help and usage errors come at once. */
export const runs = <O>(command: Command, load: () => Promise<Run<O>>): Command =>
  command.action(async () => {
    const options = command.optsWithGlobals<GlobalOptions & O>();
    const run = await load();
    const terminal = createTerminal({ asJson: options.json === true });
    await run({ args: command.processedArgs, options, terminal });
  });

/** A subcommand with its one-line description, and examples below its help. */
export const subcommand = (
  parent: Command,
  usage: string,
  summary: string,
  examples: readonly string[],
): Command =>
  parent
    .command(usage)
    .description(summary)
    .addHelpText('after', `\nFor example:\n${examples.map((line) => `  ${line}`).join('\n')}`);

/** Names and what they mean, as help shows them: a line each. */
export const helpRows = (meanings: Readonly<Record<string, string>>): string => {
  const width = 1 + Math.max(...Object.keys(meanings).map(({ length }) => length));
  return Object.entries(meanings)
    .map(([name, meaning]) => `  ${name.padEnd(width)} ${meaning}\n`)
    .join('');
};

/** A parser for options and arguments, from a schema: what breaks it is a usage error. */
export const parsedBy =
  <T extends z.ZodType>(schema: T) =>
  (text: string): z.output<T> => {
    const parsed = schema.safeParse(text, { error: plainWords });
    if (parsed.success) return parsed.data;
    throw new InvalidArgumentError(parsed.error.issues.map(({ message }) => message).join('; '));
  };

/** Collects an option that may be given more than once. */
export const repeated = <T>(parse: (text: string) => T) => {
  return (text: string, before: readonly T[] = []): readonly T[] => [...before, parse(text)];
};

export const parseConnectionId = parsedBy(connectionId);

/** Skips the question whether it is meant. */
export const yesOption = (): Option => new Option('--yes', 'do it without asking');
