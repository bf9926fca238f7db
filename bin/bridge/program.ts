/** The command line as a whole: its options, its commands, and how it says that it was misused. */
import { Command } from 'commander';
import * as z from 'zod';
import packageJson from '../../package.json' with { type: 'json' };
import { addAccessCommands } from './access/access-commands.ts';
import { parsedBy } from './command.ts';
import { addConnectionsCommands } from './connections/connections-commands.ts';
import { addLoadCommand } from './customers/load-command.ts';
import { addDeadLettersCommands } from './dead-letters/dead-letters-commands.ts';
import { addSendCommand } from './jobs/send-command.ts';
import { addPollCommand } from './poll/poll-command.ts';
import { addStatusCommand } from './status/status-command.ts';
import { addWithheldCommand } from './withheld/withheld-command.ts';

const epilogue = `
"bridge" is "npm run bridge --" in a checkout of the project, and "klaviyo-bridge" where it is installed.
Exit codes: 0 done, 1 it could not be done or not all of it, 2 wrong command line (nothing was done).
AWS is reached as the AWS CLI does: AWS_PROFILE, AWS_REGION, AWS_ENDPOINT_URL and the rest.
`;

const pathOf = (command: Command): string =>
  command.parent === null ? 'bridge' : `${pathOf(command.parent)} ${command.name()}`;

/** What was typed in the wrong place may be a secret: it is not repeated in logs and recordings. */
const withoutValues = (text: string): string =>
  text
    .replace(/^error: /, '')
    .replace(/(is invalid(?: for argument '[\w-]+')?)\. /, '$1: ')
    .replace(/(but got \d+): .*$/s, '$1')
    .replaceAll(/(--[\w-]+)=[^\s']*/g, '$1')
    .replaceAll(/pk_[^\s']*/g, 'pk_…')
    .replaceAll(/\s+/g, ' ')
    .trim();

/** One line, and where to read more. */
const reportMisuse = (command: Command): void => {
  command.configureOutput({
    outputError: (text, write) => {
      write(`bridge: ${withoutValues(text)}; see \`${pathOf(command)} --help\`\n`);
    },
  });
  for (const child of command.commands) reportMisuse(child);
};

/** Parsing throws CommanderError in place of ending the process. */
export const createProgram = (): Command => {
  const program = new Command('bridge')
    .description('Operates klaviyo-bridge: connections, jobs, dead letters.')
    .version(packageJson.version)
    .option(
      '--stage <name>',
      'the deployed stage: dev, prod or local',
      parsedBy(z.string().regex(/^[A-Za-z0-9-]{1,64}$/, 'must be a name such as prod')),
      'dev',
    )
    .option('--profile <name>', 'the AWS profile, in place of AWS_PROFILE')
    .option('--region <name>', 'the AWS region, in place of AWS_REGION')
    .option('--json', 'print results as JSON')
    .configureHelp({ showGlobalOptions: true })
    .addHelpText('after', epilogue)
    .exitOverride();
  addConnectionsCommands(program);
  addAccessCommands(program);
  addSendCommand(program);
  addLoadCommand(program);
  addStatusCommand(program);
  addPollCommand(program);
  addDeadLettersCommands(program);
  addWithheldCommand(program);
  reportMisuse(program);
  return program;
};
