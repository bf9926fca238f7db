/** `bridge dead-letters …`: the jobs that were given up. */
import { type Command, InvalidArgumentError } from 'commander';
import * as z from 'zod';
import { refusalReasons } from '../../../shared/jobs/contract/dead-letters.ts';
import {
  helpRows,
  parseConnectionId,
  parsedBy,
  repeated,
  runs,
  subcommand,
  yesOption,
} from '../command.ts';
import { queueNames } from '../stage-resources.ts';
import { moved, odd, parseInstant } from './letter-filter.ts';

const reasons = [
  ...(Object.keys(refusalReasons) as (keyof typeof refusalReasons)[]),
  moved,
  odd,
] as const;

const parseLimit = (text: string): number => {
  const limit = Number(text);
  if (!Number.isInteger(limit) || limit < 1)
    throw new InvalidArgumentError('must be a whole number above 0');
  return limit;
};

/** SQS's ids are longer; fewer characters may be those of another. */
const parseId = parsedBy(
  z.string().min(8, 'must be a message id, or at least the first 8 characters of one'),
);

const addFilters = (command: Command): Command =>
  command
    .argument('[id...]', 'only these, by their message ids', repeated(parseId))
    .option(
      '--queue <name>',
      `only this queue's: ${queueNames.join(', ')}`,
      repeated(parsedBy(z.enum(queueNames))),
    )
    .option(
      '--reason <reason>',
      'only those given up for this reason',
      repeated(parsedBy(z.enum(reasons))),
    )
    .option('--connection <id>', "only this connection's", parseConnectionId)
    .option(
      '--since <time>',
      'only those given up since: ISO 8601, or 30m, 2h, 3d ago',
      parseInstant,
    )
    .option('--until <time>', 'only those given up before', parseInstant)
    .option('--limit <count>', 'no more than so many', parseLimit);

const meanings = `\nReasons:\n${helpRows({
  ...refusalReasons,
  [moved]:
    'SQS gave up after 50 receives: whoever received it crashed each time. Look into its log, then redrive.',
  [odd]: 'Its reason is none of the bridge: somebody else has put it there. Look at the body.',
})}`;

const reading = `
Reading hides a letter from other readers until the command ends, and changes nothing else.
`;

export const addDeadLettersCommands = (program: Command): void => {
  const group = program
    .command('dead-letters')
    .description('the jobs that were given up')
    .addHelpText('after', meanings);

  const list = subcommand(group, 'list', 'list dead letters, without their bodies', [
    'bridge dead-letters list',
    'bridge dead-letters list --reason request_refused --since 2h',
  ]);
  addFilters(list).addHelpText('after', meanings + reading);
  runs(list, async () => (await import('./list-letters.ts')).listLetters);

  const show = subcommand(
    group,
    'show',
    'show dead letters whole, with the personal data in them',
    [
      'bridge dead-letters show 3f2c9a51',
      'bridge dead-letters show --reason invalid_message --body > jobs.jsonl   # to correct and send',
    ],
  ).option('--body', 'the bodies alone, one on each line, each with the time of its change');
  addFilters(show).addHelpText('after', reading);
  runs(show, async () => (await import('./show-letters.ts')).showLetters);

  const redrive = subcommand(group, 'redrive', 'send jobs back to their queues', [
    'bridge dead-letters redrive --reason unknown_connection --connection acme',
  ]);
  addFilters(redrive).addHelpText('after', reading);
  runs(redrive, async () => (await import('./redrive.ts')).redrive);

  const drop = subcommand(group, 'drop', 'delete dead letters for good', [
    'bridge dead-letters drop --reason invalid_json --until 2026-01-31',
  ])
    .option('--all', 'all there are: needed where nothing narrows them down')
    .addOption(yesOption());
  addFilters(drop);
  runs(drop, async () => (await import('./drop-letters.ts')).dropLetters);
};
