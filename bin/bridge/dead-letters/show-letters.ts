/** `bridge dead-letters show`: prints bodies, and with them personal data, as it was asked to. */
import type { Call } from '../command.ts';
import { UsageFailure } from '../failure.ts';
import { untilInterrupted } from '../interruption.ts';
import type { Terminal } from '../terminal.ts';
import { bodyToCorrect } from './body-to-correct.ts';
import { collectLetters } from './collect-letters.ts';
import type { DeadLetter } from './dead-letter.ts';
import { shownValue, summaryOf, tellOfRest, usualLimit } from './list-letters.ts';
import { type LetterOptions, openLetters, requireNamed } from './open-letters.ts';

const print = (letter: DeadLetter, terminal: Terminal): void => {
  const summary = Object.entries(summaryOf(letter)).filter(([, value]) => value !== undefined);
  terminal.table(
    ['dead letter', letter.id],
    summary.slice(1).map(([name, value]) => [name, shownValue(value)]),
  );
  terminal.line(`\n${letter.body}\n`);
};

export const showLetters = (call: Call<LetterOptions & { readonly body?: boolean }>) =>
  untilInterrupted(async (signal) => {
    const { options, terminal } = call;
    if (options.body && options.json)
      throw new UsageFailure('it is either --body, which prints JSON Lines, or --json');
    const opened = await openLetters(call);
    const { ids = [] } = opened.filter;
    const limit = options.limit ?? (ids.length > 0 ? ids.length : usualLimit);
    const collected = await collectLetters(opened, limit, signal);
    const { letters } = collected;
    if (letters.length === 0) requireNamed(opened.filter);
    if (options.body) for (const letter of letters) terminal.line(bodyToCorrect(letter));
    else
      terminal.result(
        letters.map((letter) => ({ ...summaryOf(letter), body: letter.body })),
        () => {
          for (const letter of letters) print(letter, terminal);
          if (letters.length === 0) terminal.line('no dead letters');
        },
      );
    if (ids.length === 0) tellOfRest(collected, terminal);
  });
