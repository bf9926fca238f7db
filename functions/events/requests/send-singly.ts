/** Events one call each. */

import { delivered, type JobOutcome, outcomeOf } from '../../../shared/jobs/outcome.ts';
import {
  type CallOptions,
  endpoints,
  KlaviyoAuthorisationError,
  type KlaviyoClient,
  type KlaviyoConnection,
  type KlaviyoEvent,
} from '../../../shared/klaviyo/index.ts';
import type { TellWithheld } from '../../../shared/people/tell-withheld.ts';
import { inParallel } from '../../../shared/platform/in-parallel.ts';
import {
  type EventPerson,
  missingIn,
  toEventProfile,
  withoutRefused,
} from '../rules/event-person.ts';
import type { SendEvents, TrackedEvent } from '../rules/tracked-event.ts';

/** Calls in flight at once: at tier XL's gap of 4 ms, enough for answers that take 0.8 s. */
const callsAtOnce = 200;

/**
 * Sends every event by itself. An identifier that Klaviyo refuses is left out where the person has
 * another: a wrong phone number does not lose the event of a good e-mail address.
 */
export const createSendSingly = ({
  klaviyo,
  tellWithheld,
}: {
  readonly klaviyo: KlaviyoClient;
  readonly tellWithheld: TellWithheld;
}): SendEvents => {
  /** Resolves to the person as Klaviyo was told. */
  const send = async (
    event: KlaviyoEvent,
    person: EventPerson,
    connection: KlaviyoConnection,
    options: CallOptions,
  ): Promise<EventPerson> => {
    try {
      const profile = toEventProfile(person);
      await klaviyo.call(endpoints.createEvent, { event, profile }, connection, options);
      return person;
    } catch (error) {
      const left = withoutRefused(person, error);
      if (left === undefined) throw error;
      return send(event, left, connection, options);
    }
  };

  return async (events, connection, { signal, notAfterMs }) => {
    const outcomes = new Map<TrackedEvent, JobOutcome>();
    let denied: JobOutcome | undefined;
    const told = new Set<string>();

    /** Once for all events of a job. */
    const tell = ({ from, person }: TrackedEvent, sent: EventPerson) => {
      const missing = missingIn(sent, person);
      if (missing.length === 0 || told.has(from.messageId)) return;
      told.add(from.messageId);
      tellWithheld(
        from,
        missing.map((identifier) => ({ identifier, reason: 'refused' })),
      );
    };

    const sendOne = async (tracked: TrackedEvent): Promise<JobOutcome> => {
      const { event, person, returning } = tracked;
      try {
        tell(tracked, await send(event, person, connection, { signal, notAfterMs, returning }));
        return delivered;
      } catch (error) {
        const outcome = outcomeOf(error);
        // What refuses the credentials of one call refuses those of all that follow.
        if (error instanceof KlaviyoAuthorisationError) denied = outcome;
        return outcome;
      }
    };

    await inParallel(events, callsAtOnce, async (tracked) => {
      outcomes.set(tracked, denied ?? (await sendOne(tracked)));
    });
    return outcomes;
  };
};
