/** `bridge status`. */
import type { Command } from 'commander';
import { runs, subcommand } from '../command.ts';

const notes = `
Counts of messages are SQS's own and approximate. Ages come from CloudWatch, some minutes late; "-"
where it has none. Reasons are those of the first 100 dead letters of each queue: these are received
and given back at once, which hides them from other readers for a second or two and changes nothing
else. Permits are the calls that count against Klaviyo's limit of the last minute.
`;

export const addStatusCommand = (program: Command): void => {
  const status = subcommand(
    program,
    'status',
    'show connections, queues, dead letters and permits',
    ['bridge status', 'bridge status --json --no-reasons'],
  )
    .option('--no-reasons', 'do not look into the dead letters')
    .addHelpText('after', notes);
  runs(status, async () => (await import('./show-status.ts')).showStatus);
};
