import type { ListsMessage } from '../../shared/contracts/messages.ts';
import { PassingError } from '../../shared/runtime/fate.ts';
import type { OutgoingMessage } from '../../shared/runtime/outgoing-messages.ts';

/** Sends list jobs to their own queue, to be received after the delay; throws where any is not. */
export type RepeatLater = (jobs: readonly ListsMessage[], delayMs: number) => Promise<void>;

export const createRepeatLater =
  ({
    publish,
  }: {
    readonly publish: (messages: readonly OutgoingMessage[]) => Promise<ReadonlySet<number>>;
  }): RepeatLater =>
  async (jobs, delayMs) => {
    const delaySeconds = Math.ceil(delayMs / 1_000);
    const failed = await publish(
      jobs.map((job) => ({ body: JSON.stringify(job), groupId: job.connectionId, delaySeconds })),
    );
    if (failed.size > 0)
      throw new PassingError(`${failed.size} of ${jobs.length} list jobs were not repeated`);
  };
