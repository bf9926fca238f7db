import { followUp, type OutgoingMessage } from '../../shared/jobs/outgoing-messages.ts';
import { PassingError } from '../../shared/platform/passing-error.ts';
import type { ListJobOf } from './rules/list-jobs.ts';

/** Sends list jobs to their queue, in the connection's own message group. */
export const createSendListJobs =
  ({
    publish,
  }: {
    readonly publish: (messages: readonly OutgoingMessage[]) => Promise<ReadonlySet<number>>;
  }) =>
  async (jobs: readonly ListJobOf[]): Promise<void> => {
    const nowMs = Date.now();
    const failed = await publish(
      jobs.map(({ message, source }) => followUp(message, source, nowMs)),
    );
    if (failed.size > 0)
      throw new PassingError(`${failed.size} of ${jobs.length} list jobs were not sent`);
  };
