/** `bridge withheld`. */
import type { Command } from 'commander';
import { helpRows, parseConnectionId, runs, subcommand } from '../command.ts';

/** Why an identifier is not on the customer's profile. */
const reasons = {
  taken: 'another profile has it, or the profile carries the external id of another customer',
  refused: 'Klaviyo calls it malformed',
  left_out: 'Klaviyo wrote the rest and left it out, as a phone number that no country has',
  unreadable: 'what the job gave can be no phone number',
};

const notes = `
Reasons:
${helpRows(reasons)}
The customer's next job that carries the identifier tries it again. No address is kept here: the
customer's id finds it in your own system.
`;

export const addWithheldCommand = (program: Command): void => {
  const withheld = subcommand(
    program,
    'withheld',
    'list the identifiers of customers that their profiles in Klaviyo lack, and why',
    ['bridge withheld acme', 'bridge withheld acme --json'],
  )
    .argument('<connection>', 'the connection', parseConnectionId)
    .addHelpText('after', notes);
  runs(withheld, async () => (await import('./list-withheld.ts')).listWithheld);
};
