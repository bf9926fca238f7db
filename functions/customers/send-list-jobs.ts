import type { ListsMessage } from '../../shared/jobs/contract/messages.ts';
import type { Job } from '../../shared/jobs/job.ts';
import { followUp, type OutgoingMessage } from '../../shared/jobs/outgoing-messages.ts';
import { PassingError } from '../../shared/platform/passing-error.ts';

/** A list job, and whose word it is. */
export interface ListJobOf {
  readonly message: ListsMessage;
  readonly said: Pick<Job, 'occurredAtMs' | 'aheadMs' | 'happenedByMs'>;
}

/** Sends list jobs to their queue, in the connection's own message group. */
export const createSendListJobs =
  ({
    publish,
  }: {
    readonly publish: (messages: readonly OutgoingMessage[]) => Promise<ReadonlySet<number>>;
  }) =>
  async (jobs: readonly ListJobOf[]): Promise<void> => {
    const nowMs = Date.now();
    const failed = await publish(jobs.map(({ message, said }) => followUp(message, said, nowMs)));
    if (failed.size > 0)
      throw new PassingError(`${failed.size} of ${jobs.length} list jobs were not sent`);
  };
