/** `bridge send`. */
import { type Command, InvalidArgumentError } from 'commander';
import { runs, subcommand } from '../command.ts';

const parseCount = (text: string): number => {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 0)
    throw new InvalidArgumentError('must be a whole number');
  return count;
};

/** What all commands that send jobs can be told. */
export const addSendOptions = (command: Command): Command =>
  command
    .option('--dry-run', 'check everything, send nothing; AWS is not asked')
    .option('--skip-broken', 'send what can be sent, and say what was left out')
    .option('--restart', 'send all of it, though an earlier try was interrupted')
    .option('--max-problems <count>', 'broken lines to show', parseCount, 20);

const notes = `
The file is JSON Lines, or one JSON array, of jobs of any type: docs/messages.md says what they are.
All of it is checked before anything is sent. An interrupted command goes on where it was when it is
run again; until all is sent, <file>.bridge-progress beside the file says how far it got.
Jobs about one person that carry no occurredAt are given one, so that their order is kept.
`;

export const addSendCommand = (program: Command): void => {
  const send = subcommand(program, 'send', 'send jobs to their queues', [
    'bridge send jobs.jsonl',
    'bridge send jobs.jsonl --dry-run',
    'my-export | bridge send - --stage prod',
  ])
    .argument('<file>', 'the file, or - for standard input')
    .addHelpText('after', notes);
  runs(addSendOptions(send), async () => (await import('./send-file.ts')).sendFile);
};
