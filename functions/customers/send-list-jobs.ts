import type { ListsMessage } from '../../shared/contracts/messages.ts';
import { PassingError } from '../../shared/runtime/fate.ts';
import type { OutgoingMessage } from '../../shared/runtime/outgoing-messages.ts';

/** Sends list jobs to their queue, in the connection's own message group. */
export const createSendListJobs =
  ({
    publish,
  }: {
    readonly publish: (messages: readonly OutgoingMessage[]) => Promise<ReadonlySet<number>>;
  }) =>
  async (connectionId: string, jobs: readonly ListsMessage[]): Promise<void> => {
    const failed = await publish(
      jobs.map((job) => ({ body: JSON.stringify(job), groupId: connectionId })),
    );
    if (failed.size > 0)
      throw new PassingError(`${failed.size} of ${jobs.length} list jobs were not sent`);
  };
