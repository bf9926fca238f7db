/** Reads through dead-letter queues. Whatever a command leaves is back in its place afterwards. */
import type {
  DeadLetterQueue,
  ReceivedMessage,
} from '../../../shared/jobs/dead-letter-queue.sqs.ts';
import type { QueueName } from '../stage-resources.ts';
import { createJoinParts, type DeadLetter } from './dead-letter.ts';

export interface ReadLettersOptions {
  readonly name: QueueName;
  readonly queue: DeadLetterQueue;
  readonly signal: AbortSignal;
  /** Decides about a batch; resolves to the letters that stay in the queue. */
  readonly handle: (letters: readonly DeadLetter[]) => Promise<readonly DeadLetter[]>;
  /** Whether enough was seen. */
  readonly isEnough: () => boolean;
}

/** Receives at once, once the queue has shown that there is more than a handful in it. */
const mostAtOnce = 8;

/**
 * Every letter of a queue once. A letter is hidden from others from when it is read to the end of
 * the reading, at most, and a reading that dies gives it back after five minutes: it counts as one
 * more receive, which nothing looks at in a dead-letter queue.
 */
export const readLetters = async (options: ReadLettersOptions): Promise<void> => {
  const { name, queue, signal, handle, isEnough } = options;
  const join = createJoinParts(name);
  const seen = new Set<string>();
  const staying = new Set<ReceivedMessage>();
  const decide = async (letters: readonly DeadLetter[]) => {
    const all = letters.flatMap(({ messages }) => messages);
    for (const message of all) staying.add(message);
    const stay = new Set((await handle(letters)).flatMap(({ messages }) => messages));
    for (const message of all) if (!stay.has(message)) staying.delete(message);
  };
  let atOnce = 1;
  let isEmpty = false;
  try {
    while (!isEmpty && !signal.aborted && !isEnough()) {
      const batches = await Promise.all(Array.from({ length: atOnce }, () => queue.receive()));
      const received = batches.flat();
      isEmpty = received.length === 0;
      if (received.length === 10 * atOnce) atOnce = Math.min(2 * atOnce, mostAtOnce);
      const fresh = received.filter(({ id }) => !seen.has(id));
      for (const { id } of received) seen.add(id);
      await decide(fresh.map(join.add).filter((letter) => letter !== undefined));
    }
    if (isEmpty) await decide(join.halves());
  } finally {
    const halves = join.halves().flatMap(({ messages }) => messages);
    await queue.release([...staying, ...(isEmpty ? [] : halves)]);
  }
};
