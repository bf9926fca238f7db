/** `bridge dead-letters list`. */
import { deadLetterAttributes } from '../../../shared/jobs/contract/dead-letters.ts';
import type { Call } from '../command.ts';
import { untilInterrupted } from '../interruption.ts';
import { shownTime } from '../shown-time.ts';
import type { Terminal } from '../terminal.ts';
import { type CollectedLetters, collectLetters } from './collect-letters.ts';
import type { DeadLetter } from './dead-letter.ts';
import { reasonOf } from './letter-filter.ts';
import { type LetterOptions, openLetters, requireNamed } from './open-letters.ts';

/** As many as a person reads. */
export const usualLimit = 100;

/** So much of an id is enough to name a letter by. */
export const leastIdLength = 8;

/** What stands where something of a letter is not as the bridge writes it. */
const off = 'off';

/** What is known of a letter beside its body. */
export const summaryOf = (letter: DeadLetter) => {
  const { oddAttributes } = letter;
  const isOdd = oddAttributes.includes(deadLetterAttributes.firstSentAtMs);
  return {
    id: letter.id,
    queue: letter.queue,
    reason: reasonOf(letter),
    errorCode: letter.errorCode,
    pointer: letter.pointer,
    operation: letter.operation,
    connectionId: letter.connectionId,
    type: letter.jobType,
    givenUpAt: shownTime(letter.givenUpAtMs),
    firstSentAt: isOdd ? null : shownTime(letter.firstSentAtMs),
    /** What somebody else has written: it does not count, and the body may be worth a look. */
    oddAttributes: oddAttributes.length === 0 ? undefined : oddAttributes.join(', '),
  };
};

type Summary = ReturnType<typeof summaryOf>;

export const shownValue = (value: string | null | undefined): string =>
  value === null ? off : (value ?? '-');

export const tellOfRest = ({ isCut }: CollectedLetters, terminal: Terminal): void => {
  if (isCut) terminal.note('there may be more: narrow them down, or raise --limit');
};

const tellOfOdd = (summaries: readonly Summary[], terminal: Terminal): void => {
  for (const { id, oddAttributes } of summaries)
    if (oddAttributes !== undefined)
      terminal.note(
        `${id.slice(0, leastIdLength)} carries what the bridge does not write, and it does not count: ${oddAttributes}`,
      );
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
          shownValue(one.errorCode),
          shownValue(one.pointer),
          shownValue(one.connectionId),
          shownValue(one.type),
          shownValue(one.givenUpAt).replace(/\.\d+/, ''),
        ]),
      );
    });
    tellOfOdd(summaries, terminal);
    if (summaries.length === 0) requireNamed(opened.filter);
    tellOfRest(collected, terminal);
  });
