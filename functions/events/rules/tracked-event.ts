/** One event on its way to Klaviyo, and what becomes of the jobs that events belong to. */

import type { BatchContext } from '../../../shared/jobs/consume-queue.ts';
import type { Job } from '../../../shared/jobs/job.ts';
import { delivered, type JobOutcome } from '../../../shared/jobs/outcome.ts';
import type { KlaviyoConnection, KlaviyoEvent } from '../../../shared/klaviyo/index.ts';
import type { WithheldFrom } from '../../../shared/people/tell-withheld.ts';
import { type EventsJob, toEvents } from './event-mapping.ts';
import { type EventPerson, sourcePersonOf, toEventProfile } from './event-person.ts';

export interface TrackedEvent {
  readonly from: WithheldFrom & { readonly messageId: string };
  readonly event: KlaviyoEvent;
  readonly person: EventPerson;
  /** Its job was deferred before. */
  readonly returning: boolean;
}

/** Sends events; resolves to the outcome of each. An error of a request is that of its events only. */
export type SendEvents = (
  events: readonly TrackedEvent[],
  connection: KlaviyoConnection,
  context: BatchContext,
) => Promise<ReadonlyMap<TrackedEvent, JobOutcome>>;

/** The events of a job, of a person who is known. */
export const toTrackedEvents = (
  { id, message, happenedByMs, receiveCount }: Job<EventsJob>,
  person: EventPerson,
): TrackedEvent[] =>
  toEvents(message, happenedByMs).map((event) => ({
    from: {
      connectionId: message.connectionId,
      messageId: id,
      customerId: sourcePersonOf(message).customerId,
    },
    event,
    person,
    returning: receiveCount > 1,
  }));

/** The same for events that go to the same profile. */
export const profileKeyOf = ({ person }: TrackedEvent): string =>
  JSON.stringify(toEventProfile(person));

/** The same for events of one name and id, which Klaviyo counts once per profile. */
export const nameKeyOf = ({ event }: TrackedEvent): string =>
  JSON.stringify([event.metric, event.uniqueId]);

/**
 * The last to be done with decides: a job is delivered when all of its events are, and given up when
 * those are sent that Klaviyo takes.
 */
const order = ['superseded', 'delivered', 'refused', 'later', 'retry', 'unexpected'];

const worse = (a: JobOutcome, b: JobOutcome): JobOutcome => {
  if (a.kind === 'later' && b.kind === 'later') return a.waitMs > b.waitMs ? a : b;
  return order.indexOf(b.kind) > order.indexOf(a.kind) ? b : a;
};

/** The outcome of a job by those of its events. */
export const outcomeOfJob = (outcomes: readonly JobOutcome[]): JobOutcome =>
  outcomes.reduce(worse, delivered);
