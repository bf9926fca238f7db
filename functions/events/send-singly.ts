/** Events one call each. */
import {
  type CallOptions,
  endpoints,
  KlaviyoAuthorisationError,
  type KlaviyoClient,
  type KlaviyoConnection,
  type KlaviyoEvent,
} from '../../shared/klaviyo/index.ts';
import { delivered, type Fate, fateOf } from '../../shared/runtime/fate.ts';
import { inParallel } from '../../shared/runtime/in-parallel.ts';
import { type EventPerson, toEventProfile, withoutRefused } from './event-person.ts';
import type { SendEvents, TrackedEvent } from './tracked-event.ts';

/** Calls in flight at once: at tier XL's gap of 4 ms, enough for answers that take 0.8 s. */
const callsAtOnce = 200;

/**
 * Sends every event by itself. An identifier that Klaviyo refuses is left out where the person has
 * another: a wrong phone number does not lose the event of a good e-mail address.
 */
export const createSendSingly = ({ klaviyo }: { readonly klaviyo: KlaviyoClient }): SendEvents => {
  const send = async (
    event: KlaviyoEvent,
    person: EventPerson,
    connection: KlaviyoConnection,
    options: CallOptions,
  ): Promise<void> => {
    try {
      const profile = toEventProfile(person);
      await klaviyo.call(endpoints.createEvent, { event, profile }, connection, options);
    } catch (error) {
      const left = withoutRefused(person, error);
      if (left === undefined) throw error;
      await send(event, left, connection, options);
    }
  };

  return async (events, connection, { signal, notAfterMs }) => {
    const fates = new Map<TrackedEvent, Fate>();
    let denied: Fate | undefined;

    const sendOne = async ({ event, person, returning }: TrackedEvent): Promise<Fate> => {
      try {
        await send(event, person, connection, { signal, notAfterMs, returning });
        return delivered;
      } catch (error) {
        const fate = fateOf(error);
        // What refuses the credentials of one call refuses those of all that follow.
        if (error instanceof KlaviyoAuthorisationError) denied = fate;
        return fate;
      }
    };

    await inParallel(events, callsAtOnce, async (tracked) => {
      fates.set(tracked, denied ?? (await sendOne(tracked)));
    });
    return fates;
  };
};
