/** What all commands about dead letters begin with. */
import {
  createDeadLetterQueue,
  type DeadLetterQueue,
} from '../../../shared/jobs/dead-letter-queue.sqs.ts';
import type { Call } from '../command.ts';
import { CommandFailure } from '../failure.ts';
import { type OpenedStage, openStage } from '../open-stage.ts';
import { type QueueName, queueNames } from '../stage-resources.ts';
import type { LetterFilter } from './letter-filter.ts';

export interface LetterOptions extends LetterFilter {
  readonly queue?: readonly QueueName[];
  readonly limit?: number;
}

export interface OpenedLetters {
  readonly stage: OpenedStage;
  readonly filter: LetterFilter;
  /** Those to look into. */
  readonly queues: readonly QueueName[];
  readonly deadLetters: (queue: QueueName) => DeadLetterQueue;
}

/** The dead-letter queue of each queue. */
export const deadLettersOf =
  ({ clients, resources }: OpenedStage) =>
  (name: QueueName): DeadLetterQueue =>
    createDeadLetterQueue({
      client: clients.sqs,
      queueUrl: resources.queues[name].deadLettersUrl,
    });

export const openLetters = async ({
  args,
  options,
}: Call<LetterOptions>): Promise<OpenedLetters> => {
  const stage = await openStage(options);
  const ids = (args[0] ?? []) as readonly string[];
  return {
    stage,
    filter: { ...options, ids },
    queues: options.queue ?? queueNames,
    deadLetters: deadLettersOf(stage),
  };
};

/** Who names a letter is told where there is none: a filter may find nothing, and be right. */
export const requireNamed = ({ ids = [] }: LetterFilter): void => {
  if (ids.length > 0)
    throw new CommandFailure('no such dead letter: see `bridge dead-letters list`');
};
