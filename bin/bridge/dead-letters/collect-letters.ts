/** Dead letters to look at: all of them stay where they are. */
import type { DeadLetter } from './dead-letter.ts';
import { matches } from './letter-filter.ts';
import type { OpenedLetters } from './open-letters.ts';
import { readLetters } from './read-letters.ts';

export interface CollectedLetters {
  /** The oldest first. */
  readonly letters: readonly DeadLetter[];
  /** There may be more than were asked for. */
  readonly isCut: boolean;
}

export const collectLetters = async (
  { queues, filter, deadLetters }: Omit<OpenedLetters, 'stage'>,
  limit: number,
  signal: AbortSignal,
): Promise<CollectedLetters> => {
  const found: DeadLetter[] = [];
  const readings = queues.map((name) =>
    readLetters({
      name,
      queue: deadLetters(name),
      signal,
      isEnough: () => found.length >= limit,
      handle: async (letters) => {
        found.push(...letters.filter((letter) => matches(letter, filter)));
        return letters;
      },
    }),
  );
  await Promise.all(readings);
  const letters = found.toSorted((a, b) => a.givenUpAtMs - b.givenUpAtMs).slice(0, limit);
  return { letters, isCut: found.length >= limit };
};
