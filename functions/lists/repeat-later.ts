import type { ListsMessage } from '../../shared/jobs/contract/messages.ts';
import { followUp, type OutgoingMessage } from '../../shared/jobs/outgoing-messages.ts';
import type { SourceTime } from '../../shared/people/contract/source-times.ts';
import { PassingError } from '../../shared/platform/passing-error.ts';

/** A list job that says again what was said before, and when that was. */
export interface RepeatedJob {
  readonly message: ListsMessage;
  readonly sourceTime: SourceTime;
}

/** Sends list jobs to their own queue, to be received after the delay; throws where any is not. */
export type RepeatLater = (jobs: readonly RepeatedJob[], delayMs: number) => Promise<void>;

export const createRepeatLater =
  ({
    publish,
    now = Date.now,
  }: {
    /** @default the system's clock */
    readonly now?: () => number;
    readonly publish: (messages: readonly OutgoingMessage[]) => Promise<ReadonlySet<number>>;
  }): RepeatLater =>
  async (jobs, delayMs) => {
    const delaySeconds = Math.ceil(delayMs / 1_000);
    const failed = await publish(
      jobs.map(({ message, sourceTime }) => ({
        ...followUp(message, sourceTime, now() + delayMs),
        delaySeconds,
      })),
    );
    if (failed.size > 0)
      throw new PassingError(`${failed.size} of ${jobs.length} list jobs were not repeated`);
  };
