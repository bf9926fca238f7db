/** The way that events take to Klaviyo: in bulk where that can be and pays, else one by one. */

import type { JobOutcome } from '../../../shared/jobs/outcome.ts';
import type { KlaviyoClient } from '../../../shared/klaviyo/index.ts';
import type { TellWithheld } from '../../../shared/people/tell-withheld.ts';
import { hasBulk } from '../rules/bulk-or-single.ts';
import {
  nameKeyOf,
  profileKeyOf,
  type SendEvents,
  type TrackedEvent,
} from '../rules/tracked-event.ts';
import { createSendInBulk } from './send-in-bulk.ts';
import { createSendSingly } from './send-singly.ts';

/** Sends events, each once: one that is in the batch twice is sent once, for both. */
export const createSendEvents = ({
  klaviyo,
  tellWithheld,
  now,
}: {
  readonly klaviyo: KlaviyoClient;
  readonly tellWithheld: TellWithheld;
  readonly now?: () => number;
}): SendEvents => {
  const sendSingly = createSendSingly({ klaviyo, tellWithheld });
  const sendInBulk = createSendInBulk({ klaviyo, sendSingly, ...(now && { now }) });

  return async (events, connection, context) => {
    const repeats = Map.groupBy(events, (tracked) => nameKeyOf(tracked) + profileKeyOf(tracked));
    const firsts = [...repeats.values()].map(([first]) => first as TrackedEvent);
    const send = hasBulk(connection.revision) ? sendInBulk : sendSingly;
    const sent = await send(firsts, connection, context);
    const outcomes = new Map<TrackedEvent, JobOutcome>();
    for (const [first, ...others] of repeats.values()) {
      const outcome = first && sent.get(first);
      if (outcome) for (const tracked of [first, ...others]) outcomes.set(tracked, outcome);
    }
    return outcomes;
  };
};
