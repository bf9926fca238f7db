/** `bridge dead-letters drop`. */
import { confirm } from '../ask.ts';
import type { Call } from '../command.ts';
import { CommandFailure, UsageFailure } from '../failure.ts';
import { untilInterrupted } from '../interruption.ts';
import { collectLetters } from './collect-letters.ts';
import { isNarrowed, matches } from './letter-filter.ts';
import { type LetterOptions, type OpenedLetters, openLetters } from './open-letters.ts';
import { readLetters } from './read-letters.ts';

export interface DropOptions extends LetterOptions {
  readonly all?: boolean;
  readonly yes?: boolean;
}

/** Resolves to how many were deleted, and how many could not be. */
const drop = async (opened: OpenedLetters, limit: number, signal: AbortSignal) => {
  const { queues, filter, deadLetters } = opened;
  let room = limit;
  let failed = 0;
  let dropped = 0;
  const readings = queues.map((name) => {
    const queue = deadLetters(name);
    return readLetters({
      name,
      queue,
      signal,
      isEnough: () => room === 0,
      handle: async (letters) => {
        const chosen = new Set(letters.filter((one) => matches(one, filter)).slice(0, room));
        room -= chosen.size;
        failed += await queue.remove([...chosen].flatMap(({ messages }) => messages));
        dropped += chosen.size;
        return letters.filter((letter) => !chosen.has(letter));
      },
    });
  });
  await Promise.all(readings);
  return { dropped: dropped - failed, failed };
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
  return confirm(terminal, `Delete ${letters.length} dead letters for good?`, options.yes);
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
    const { dropped, failed } = await drop(opened, limit, signal);
    terminal.result({ dropped }, () => terminal.line(`dropped ${dropped} dead letters`));
    if (failed > 0) throw new CommandFailure(`SQS did not delete ${failed} more: run it again`);
    if (signal.aborted) throw new CommandFailure('interrupted: the rest is where it was');
  });
