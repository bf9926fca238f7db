/** `bridge poll`. */
import type { Command } from 'commander';
import { parseConnectionId, runs, subcommand } from '../command.ts';

export const addPollCommand = (program: Command): void => {
  const poll = subcommand(
    program,
    'poll',
    'ask Klaviyo now what changed, or publish the profiles that are named, changed or not',
    ['bridge poll acme', 'bridge poll acme 01GDDKASAP8TKDDA2GRZDSVP4H'],
  )
    .argument('<id>', 'the connection', parseConnectionId)
    .argument('[profileId...]', "Klaviyo's ids of profiles, 1,000 at most");
  runs(poll, async () => (await import('./run-poll.ts')).runPoll);
};
