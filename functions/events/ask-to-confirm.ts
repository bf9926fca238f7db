/** Asks for events to be looked up in Klaviyo a while after it accepted them. */
import type { EventConfirm } from '../../shared/jobs/contract/messages.ts';
import type { Job } from '../../shared/jobs/job.ts';
import type { JobOutcome } from '../../shared/jobs/outcome.ts';
import type { OutgoingMessage } from '../../shared/jobs/outgoing-messages.ts';
import { chunksOf } from '../../shared/platform/chunks-of.ts';
import type { EventsJob } from './rules/event-mapping.ts';
import { sourcePersonOf } from './rules/event-person.ts';
import type { TrackedEvent } from './rules/tracked-event.ts';

/** The first look: Klaviyo accepts events before it processes them. */
const firstLookAfterSeconds = 60;
/** Ids are up to 515 characters: so many leave room in SQS's message of 1 MiB. */
const eventsPerMessage = 500;

/** A job that was delivered, with the events that it became. */
export interface SentJob {
  readonly job: Job<EventsJob>;
  readonly events: readonly TrackedEvent[];
}

/** Asks for the confirmation of jobs; resolves to the ids of those for which it did not succeed. */
export type AskToConfirm = (sent: readonly SentJob[]) => Promise<ReadonlySet<string>>;

/** A job whose confirmation nobody would see to is sent again, which its unique ids allow. */
export const notAskedFor: JobOutcome = { kind: 'retry', errorCode: 'ConfirmationNotAskedFor' };

/** The messages by which the events of one job are looked up. */
export const toConfirmations = ({ job, events }: SentJob): EventConfirm[] => {
  const { connectionId } = job.message;
  const { customerId, email, phoneNumber } = sourcePersonOf(job.message);
  const { profileId, attributes } = events[0]?.person ?? {};
  const externalId = attributes?.external_id ?? undefined;
  const person = { profileId, customerId, email, phoneNumber, externalId };
  return chunksOf(events, eventsPerMessage).map((part) => ({
    connectionId,
    type: 'event.confirm',
    person,
    time: events[0]?.event.time ?? '',
    events: part.map(({ event: { metric, uniqueId } }) => ({ metric, uniqueId })),
  }));
};

export const createAskToConfirm =
  ({
    publish,
  }: {
    /** Sends to the events queue itself; resolves to the indices that did not get through. */
    readonly publish: (messages: readonly OutgoingMessage[]) => Promise<ReadonlySet<number>>;
  }): AskToConfirm =>
  async (sent) => {
    const owners = sent.flatMap((entry) =>
      toConfirmations(entry).map((message) => ({ id: entry.job.id, message })),
    );
    const failed = await publish(
      owners.map(({ message }) => ({
        body: JSON.stringify(message),
        groupId: message.connectionId,
        delaySeconds: firstLookAfterSeconds,
      })),
    );
    return new Set(owners.filter((_, index) => failed.has(index)).map(({ id }) => id));
  };
