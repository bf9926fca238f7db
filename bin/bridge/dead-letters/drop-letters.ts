/** `bridge dead-letters drop`. */
import { confirm } from '../ask.ts';
import type { Call } from '../command.ts';
import { counted } from '../counted.ts';
import { explainError } from '../explain-error.ts';
import { CommandFailure, UsageFailure } from '../failure.ts';
import { untilInterrupted } from '../interruption.ts';
import type { QueueName } from '../stage-resources.ts';
import { collectLetters } from './collect-letters.ts';
import { isNarrowed, matches } from './letter-filter.ts';
import {
  type LetterOptions,
  type OpenedLetters,
  openLetters,
  requireNamed,
} from './open-letters.ts';
import { readLetters } from './read-letters.ts';

export interface DropOptions extends LetterOptions {
  readonly all?: boolean;
  readonly yes?: boolean;
}

interface Dropped {
  readonly dropped: number;
  readonly failed: number;
  /** Why a queue could not be read to its end. */
  readonly brokenOff: string | undefined;
}

const drop = async (
  { queues, filter, deadLetters }: OpenedLetters,
  limit: number,
  signal: AbortSignal,
): Promise<Dropped> => {
  let room = limit;
  let failed = 0;
  let dropped = 0;
  let brokenOff: string | undefined;
  const dropFrom = async (name: QueueName) => {
    const queue = deadLetters(name);
    await readLetters({
      name,
      queue,
      signal,
      isEnough: () => room === 0 || brokenOff !== undefined,
      handle: async (letters) => {
        const chosen = new Set(letters.filter((one) => matches(one, filter)).slice(0, room));
        room -= chosen.size;
        failed += await queue.remove([...chosen].flatMap(({ messages }) => messages));
        dropped += chosen.size;
        return letters.filter((letter) => !chosen.has(letter));
      },
    });
  };
  const breakOff = (error: unknown) => {
    brokenOff = explainError(error).line;
  };
  await Promise.all(queues.map((name) => dropFrom(name).catch(breakOff)));
  return { dropped: dropped - failed, failed, brokenOff };
};

/** Asks, with the number that it is about where somebody can answer. */
const isMeant = async (
  { terminal, options }: Call<DropOptions>,
  opened: OpenedLetters,
  limit: number,
  signal: AbortSignal,
): Promise<boolean> => {
  if (!terminal.isInteractive)
    return confirm(terminal, 'Dead letters are deleted for good.', options.yes);
  const { letters } = await collectLetters(opened, limit, signal);
  if (letters.length === 0) throw new CommandFailure('there are no such dead letters');
  return confirm(
    terminal,
    `Delete ${counted(letters.length, 'dead letter')} for good?`,
    options.yes,
  );
};

export const dropLetters = (call: Call<DropOptions>): Promise<void> =>
  untilInterrupted(async (signal) => {
    const { options, terminal } = call;
    if (
      !options.all &&
      !isNarrowed({ ...options, ids: (call.args[0] as string[] | undefined) ?? [] })
    )
      throw new UsageFailure('that would be all dead letters: narrow them down, or add --all');
    const opened = await openLetters(call);
    const limit = options.limit ?? Number.POSITIVE_INFINITY;
    if (!options.yes && !(await isMeant(call, opened, limit, signal)))
      throw new CommandFailure('nothing was dropped');
    const { dropped, failed, brokenOff } = await drop(opened, limit, signal);
    terminal.result({ dropped }, () => terminal.line(`dropped ${counted(dropped, 'dead letter')}`));
    if (brokenOff !== undefined) throw new CommandFailure(`${brokenOff}; the rest is still there`);
    if (dropped + failed === 0 && !signal.aborted) requireNamed(opened.filter);
    if (failed > 0) throw new CommandFailure(`SQS did not delete ${failed} more: run it again`);
    if (signal.aborted) throw new CommandFailure('interrupted: the rest is where it was');
  });
