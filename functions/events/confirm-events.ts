/** Looks for events in Klaviyo a while after it accepted them, and keeps its ids of them. */
import { memoryKeyOf } from '../../shared/connections/contract.ts';
import type { Connection } from '../../shared/connections/find-connection.ts';
import type { HandleJobs } from '../../shared/jobs/consume-queue.ts';
import type { EventConfirm } from '../../shared/jobs/contract/messages.ts';
import type { Job } from '../../shared/jobs/job.ts';
import { delivered, type JobOutcome, outcomeOf } from '../../shared/jobs/outcome.ts';
import type { KlaviyoClient } from '../../shared/klaviyo/index.ts';
import { inParallel } from '../../shared/platform/in-parallel.ts';
import type { Logger } from '../../shared/platform/logger.ts';
import type { Metrics } from '../../shared/platform/metrics.ts';
import type { FindLinkedProfiles } from './find-people.ts';
import { type ConfirmedEvent, findRecorded } from './requests/find-recorded.ts';

export interface ConfirmEventsOptions {
  readonly klaviyo: KlaviyoClient;
  readonly findLinkedProfiles: FindLinkedProfiles;
  /** Keeps Klaviyo's ids of a connection's events. */
  readonly saveConfirmed: (memoryKey: string, events: readonly ConfirmedEvent[]) => Promise<void>;
  readonly metrics: Pick<Metrics, 'add'>;
  readonly logger: Pick<Logger, 'warn'>;
  /** @default the system's clock */
  readonly now?: () => number;
}

const lookupsAtOnce = 50;
/** Looks come 1, 2, 4, 8 and 16 minutes after the event was accepted; then it counts as missing. */
const shortestWaitMs = 60_000;
const giveUpAfterMs = 900_000;

/**
 * The jobs that look events up again. What is found is kept; what is not there yet is looked for
 * again, and counted as `EventsNotConfirmed` in the end.
 */
export const createConfirmEvents = ({
  klaviyo,
  findLinkedProfiles,
  saveConfirmed,
  metrics,
  logger,
  now = Date.now,
}: ConfirmEventsOptions): HandleJobs<EventConfirm, Connection> => {
  const decide = ({ id, message, firstSentAtMs }: Job<EventConfirm>, found: number): JobOutcome => {
    const { connectionId, events } = message;
    const missing = events.length - found;
    const ageMs = now() - firstSentAtMs;
    if (missing > 0 && ageMs < giveUpAfterMs)
      return { kind: 'later', waitMs: Math.max(shortestWaitMs, ageMs), reason: 'awaiting_event' };
    metrics.add('EventsConfirmed', found);
    if (missing > 0) {
      metrics.add('EventsNotConfirmed', missing);
      const fields = { connectionId, messageId: id, missing };
      logger.warn('events that Klaviyo accepted never appeared there', fields);
    }
    return delivered;
  };

  return async (jobs, { settings, klaviyo: connection }, context) => {
    const memoryKey = memoryKeyOf(settings);
    const customerIds = jobs.flatMap(({ message }) => message.person.customerId ?? []);
    const linked = await findLinkedProfiles(memoryKey, customerIds);

    const confirm = async (job: Job<EventConfirm>): Promise<JobOutcome> => {
      const { person, time, events } = job.message;
      const profileId = person.profileId ?? linked.get(person.customerId ?? '');
      const known = { person: { ...person, profileId }, time, events };
      const options = { ...context, returning: job.receiveCount > 1 };
      const found = await findRecorded(klaviyo, known, connection, options);
      if (found.length > 0) await saveConfirmed(memoryKey, found);
      return decide(job, found.length);
    };

    const outcomes = new Map<string, JobOutcome>();
    await inParallel(jobs, lookupsAtOnce, async (job) => {
      outcomes.set(job.id, await confirm(job).catch(outcomeOf));
    });
    return outcomes;
  };
};
