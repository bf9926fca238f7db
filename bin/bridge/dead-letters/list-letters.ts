/** `bridge dead-letters list`. */
import type { Call } from '../command.ts';
import { untilInterrupted } from '../interruption.ts';
import type { Terminal } from '../terminal.ts';
import { type CollectedLetters, collectLetters } from './collect-letters.ts';
import type { DeadLetter } from './dead-letter.ts';
import { reasonOf } from './letter-filter.ts';
import { type LetterOptions, openLetters, requireNamed } from './open-letters.ts';

/** As many as a person reads. */
export const usualLimit = 100;

/** So much of an id is enough to name a letter by. */
export const leastIdLength = 8;

/** What is known of a letter beside its body. */
export const summaryOf = (letter: DeadLetter) => ({
  id: letter.id,
  queue: letter.queue,
  reason: reasonOf(letter),
  errorCode: letter.errorCode,
  pointer: letter.pointer,
  operation: letter.operation,
  connectionId: letter.connectionId,
  type: letter.jobType,
  givenUpAt: new Date(letter.givenUpAtMs).toISOString(),
  firstSentAt: new Date(letter.firstSentAtMs).toISOString(),
});

export const tellOfRest = ({ isCut }: CollectedLetters, terminal: Terminal): void => {
  if (isCut) terminal.note('there may be more: narrow them down, or raise --limit');
};

export const listLetters = (call: Call<LetterOptions>): Promise<void> =>
  untilInterrupted(async (signal) => {
    const { options, terminal } = call;
    const opened = await openLetters(call);
    const collected = await collectLetters(opened, options.limit ?? usualLimit, signal);
    const summaries = collected.letters.map(summaryOf);
    terminal.result(summaries, () => {
      if (summaries.length === 0) return terminal.line('no dead letters');
      terminal.table(
        ['id', 'queue', 'reason', 'code', 'at', 'connection', 'type', 'given up'],
        summaries.map((one) => [
          one.id.slice(0, leastIdLength),
          one.queue,
          one.reason,
          one.errorCode ?? '-',
          one.pointer ?? '-',
          one.connectionId ?? '-',
          one.type ?? '-',
          one.givenUpAt.replace(/\.\d+/, ''),
        ]),
      );
    });
    if (summaries.length === 0) requireNamed(opened.filter);
    tellOfRest(collected, terminal);
  });
