/** Sends dead letters back: a letter is deleted only after its job is in its queue. */
import { createHash } from 'node:crypto';
import type { DeadLetterQueue } from '../../../shared/jobs/dead-letter-queue.sqs.ts';
import type { PublishMessages } from '../../../shared/jobs/queue-publisher.sqs.ts';
import { explainError } from '../explain-error.ts';
import type { QueueName } from '../stage-resources.ts';
import type { DeadLetter } from './dead-letter.ts';
import { type LetterFilter, matches } from './letter-filter.ts';
import { readLetters } from './read-letters.ts';
import { type Redriven, toRedriven } from './to-redriven.ts';

export interface RedriveOptions {
  readonly filter: LetterFilter;
  readonly limit: number;
  readonly queues: readonly QueueName[];
  readonly deadLetters: (queue: QueueName) => DeadLetterQueue;
  readonly publisherFor: (queue: QueueName, onError: (error: unknown) => void) => PublishMessages;
  readonly signal: AbortSignal;
}

export interface RedriveResult {
  readonly sentBack: Partial<Record<QueueName, number>>;
  /** Letters that were meant and stay, by why; completes the sentence "it …". */
  readonly left: Record<string, number>;
  /** Sent back, and still among the dead letters. */
  readonly notDeleted: number;
  /** Why a queue could not be read to its end. */
  readonly brokenOff?: string;
}

type Job = Extract<Redriven, { kind: 'job' }> & { readonly letter: DeadLetter };

const hashOf = (body: string): string => createHash('sha256').update(body).digest('base64');

export const redriveLetters = async (options: RedriveOptions): Promise<RedriveResult> => {
  const { filter, queues, deadLetters, publisherFor, signal } = options;
  const sentBack: Partial<Record<QueueName, number>> = {};
  const left: Record<string, number> = {};
  /** Bodies that were sent back: whose cause is not repaired may be back within a second. */
  const sentBodies = new Set<string>();
  let room = options.limit;
  let notDeleted = 0;
  let refused = false;
  let brokenOff: string | undefined;
  const leave = (why: string, count = 1) => {
    left[why] = (left[why] ?? 0) + count;
  };

  /** Of those letters, the ones to send back now. */
  const choose = (letters: readonly DeadLetter[]): Job[] => {
    const jobs: Job[] = [];
    for (const letter of letters) {
      if (room === 0 || !matches(letter, filter)) continue;
      if (sentBodies.has(hashOf(letter.body))) {
        leave('is the same as one just sent back, or came back at once');
        continue;
      }
      const redriven = toRedriven(letter);
      if (redriven.kind === 'hopeless') leave(redriven.why);
      else {
        room -= 1;
        sentBodies.add(hashOf(redriven.message.body));
        jobs.push({ ...redriven, letter });
      }
    }
    return jobs;
  };

  /** Sends jobs of one queue and deletes their letters; resolves to the letters that were sent. */
  const sendBack = async (from: DeadLetterQueue, to: QueueName, jobs: readonly Job[]) => {
    let reason: unknown;
    const publish = publisherFor(to, (error) => {
      reason = error;
    });
    const failed = await publish(jobs.map(({ message }) => message));
    if (failed.size > 0) {
      refused = true;
      leave(`was not taken by its queue (${explainError(reason).line})`, failed.size);
    }
    const sent = jobs.filter((_, index) => !failed.has(index)).map(({ letter }) => letter);
    sentBack[to] = (sentBack[to] ?? 0) + sent.length;
    notDeleted += await from.remove(sent.flatMap(({ messages }) => messages));
    return sent;
  };

  const redriveQueue = async (name: QueueName) => {
    const queue = deadLetters(name);
    await readLetters({
      name,
      queue,
      signal,
      isEnough: () => room === 0 || refused || brokenOff !== undefined,
      handle: async (letters) => {
        const groups = Map.groupBy(choose(letters), (job) => job.queue);
        const sends = [...groups].map(([to, jobs]) => sendBack(queue, to, jobs));
        const sent = new Set((await Promise.all(sends)).flat());
        return letters.filter((letter) => !sent.has(letter));
      },
    });
  };

  const breakOff = (error: unknown) => {
    brokenOff = explainError(error).line;
  };
  await Promise.all(queues.map((name) => redriveQueue(name).catch(breakOff)));
  return { sentBack, left, notDeleted, ...(brokenOff === undefined ? {} : { brokenOff }) };
};
