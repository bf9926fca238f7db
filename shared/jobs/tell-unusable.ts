import type { TellWithheld } from '../people/tell-withheld.ts';
import type { HandleJobs } from './consume-queue.ts';
import type { Unusable } from './contract/person.ts';
import type { Job, JobMessage } from './job.ts';

interface Person extends Unusable {
  readonly customerId?: string | undefined;
}

/** Tells of the phone numbers that are none, once the job that carried one has been delivered. */
export const tellingUnusable =
  <M extends JobMessage, C>(
    handleJobs: HandleJobs<M, C>,
    {
      personOf,
      tellWithheld,
    }: {
      readonly personOf: (message: M) => Person;
      readonly tellWithheld: TellWithheld;
    },
  ): HandleJobs<M, C> =>
  async (jobs, connection, context) => {
    const outcomes = await handleJobs(jobs, connection, context);
    const tell = ({ id, message }: Job<M>) => {
      const { customerId, unusable = [] } = personOf(message);
      const from = { connectionId: message.connectionId, messageId: id, customerId };
      if (unusable.length > 0)
        tellWithheld(from, [{ identifier: 'phone_number', reason: 'unreadable' }]);
    };
    for (const job of jobs) if (outcomes.get(job.id)?.kind === 'delivered') tell(job);
    return outcomes;
  };
