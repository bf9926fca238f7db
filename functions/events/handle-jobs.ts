/** Event jobs into Klaviyo: whose they are, what they become, and what becomes of them. */

import type { Connection } from '../../shared/connections/find-connection.ts';
import type { BatchContext, HandleJobs } from '../../shared/jobs/consume-queue.ts';
import type { EventConfirm, EventsMessage } from '../../shared/jobs/contract/messages.ts';
import type { Job } from '../../shared/jobs/job.ts';
import { type JobOutcome, outcomeOf } from '../../shared/jobs/outcome.ts';
import { tellingUnusable } from '../../shared/jobs/tell-unusable.ts';
import type { TellWithheld } from '../../shared/people/tell-withheld.ts';
import { type AskToConfirm, notAskedFor } from './ask-to-confirm.ts';
import type { FindPeople } from './find-people.ts';
import type { EventsJob } from './rules/event-mapping.ts';
import { sourcePersonOf } from './rules/event-person.ts';
import { outcomeOfJob, type SendEvents, toTrackedEvents } from './rules/tracked-event.ts';

export interface HandleEventJobsOptions {
  readonly findPeople: FindPeople;
  readonly sendEvents: SendEvents;
  readonly askToConfirm: AskToConfirm;
  readonly tellWithheld: TellWithheld;
  readonly confirmEvents: HandleJobs<EventConfirm, Connection>;
}

const all = (jobs: readonly Job[], outcome: JobOutcome): Map<string, JobOutcome> =>
  new Map(jobs.map(({ id }) => [id, outcome]));

const unwanted: JobOutcome = { kind: 'superseded', by: 'setting' };
const undecided: JobOutcome = { kind: 'unexpected', error: new Error('no outcome was decided') };

const isConfirm = (job: Job<EventsMessage>): job is Job<EventConfirm> =>
  job.message.type === 'event.confirm';
const isEventsJob = (job: Job<EventsMessage>): job is Job<EventsJob> => !isConfirm(job);

/** Whether the settings of the connection ask for it still. */
const isWanted = ({ message: { type } }: Job<EventsMessage>, { settings }: Connection): boolean => {
  if (type === 'event.confirm') return settings.confirmEvents;
  // Events that are asked for by name are not generated: the setting is about transactions.
  return type !== 'transaction.placed' || settings.generateEvents;
};

/** The outcomes of jobs of one kind; what ends in an error is the outcome of all of these. */
const decide = async <M extends EventsMessage>(
  jobs: readonly Job<M>[],
  handle: HandleJobs<M, Connection>,
  connection: Connection,
  context: BatchContext,
): Promise<ReadonlyMap<string, JobOutcome>> => {
  if (jobs.length === 0) return new Map();
  try {
    return await handle(jobs, connection, context);
  } catch (error) {
    return all(jobs, outcomeOf(error));
  }
};

/**
 * The consumer of `events`. A job is delivered once all of its events are: what was sent before a
 * failure is sent again, and counts once by its unique id.
 */
export const createHandleEventJobs = ({
  findPeople,
  sendEvents,
  askToConfirm,
  tellWithheld,
  confirmEvents,
}: HandleEventJobsOptions): HandleJobs<EventsMessage, Connection> => {
  const track: HandleJobs<EventsJob, Connection> = async (jobs, connection, context) => {
    const { settings, klaviyo } = connection;
    const people = await findPeople(jobs, connection, context);
    const outcomes = new Map<string, JobOutcome>();
    const byJob = jobs.flatMap((job) => {
      const person = people.get(job.id) ?? { outcome: undecided };
      if (!('outcome' in person)) return { job, events: toTrackedEvents(job, person) };
      outcomes.set(job.id, person.outcome);
      return [];
    });
    const sent = await sendEvents(
      byJob.flatMap(({ events }) => events),
      klaviyo,
      context,
    );
    for (const { job, events } of byJob)
      outcomes.set(job.id, outcomeOfJob(events.map((event) => sent.get(event) ?? undecided)));
    if (settings.confirmEvents) {
      const done = byJob.filter(({ job }) => outcomes.get(job.id)?.kind === 'delivered');
      for (const id of await askToConfirm(done)) outcomes.set(id, notAskedFor);
    }
    return outcomes;
  };

  const telling = tellingUnusable(track, { personOf: sourcePersonOf, tellWithheld });

  return async (jobs, connection, context) => {
    const wanted = jobs.filter((job) => isWanted(job, connection));
    const decided = await Promise.all([
      decide(wanted.filter(isEventsJob), telling, connection, context),
      decide(wanted.filter(isConfirm), confirmEvents, connection, context),
    ]);
    return new Map([
      ...all(jobs, unwanted),
      ...all(wanted, undecided),
      ...decided.flatMap((outcomes) => [...outcomes]),
    ]);
  };
};
