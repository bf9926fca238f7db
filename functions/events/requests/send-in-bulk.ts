/** Many events in few calls, and what to do where Klaviyo refuses such a call. */

import { delivered, type JobOutcome, outcomeOf } from '../../../shared/jobs/outcome.ts';
import {
  endpoints,
  type KlaviyoClient,
  KlaviyoRequestError,
} from '../../../shared/klaviyo/index.ts';
import { chunksOf } from '../../../shared/platform/chunks-of.ts';
import { bulkBytes, type EventGroup, toBulkBatches, toBulkInput } from '../rules/bulk-batches.ts';
import { endsBulk, isWorthBulk } from '../rules/bulk-or-single.ts';
import { eventsNamedBy } from '../rules/named-events.ts';
import { nameKeyOf, type SendEvents, type TrackedEvent } from '../rules/tracked-event.ts';

export interface SendInBulkOptions {
  readonly klaviyo: KlaviyoClient;
  readonly sendSingly: SendEvents;
  /** @default the system's clock */
  readonly now?: () => number;
}

/**
 * Sends events in requests of up to 1,000. Klaviyo refuses such a request as a whole: the events
 * that it names then go one by one, which tells whether and why each is refused, and the rest goes
 * again; where it names none the request is halved.
 */
export const createSendInBulk = ({
  klaviyo,
  sendSingly,
  now = Date.now,
}: SendInBulkOptions): SendEvents => {
  return async (events, connection, context) => {
    const outcomes = new Map<TrackedEvent, JobOutcome>();
    const bytesOf = bulkBytes(connection.revision, new Date(now()));

    const singly = async (part: readonly TrackedEvent[]) => {
      const decided = await sendSingly(part, connection, context);
      for (const [tracked, outcome] of decided) outcomes.set(tracked, outcome);
    };

    const send = async (part: readonly TrackedEvent[], refusals: number): Promise<void> => {
      if (!isWorthBulk(part.length, refusals)) return singly(part);
      const batches = toBulkBatches(part, bytesOf);
      await Promise.all(batches.map((groups) => sendBatch(groups, refusals)));
    };

    const sendBatch = async (groups: readonly EventGroup[], refusals: number): Promise<void> => {
      const batch = groups.flatMap((group) => group.events);
      const options = { ...context, returning: batch.some(({ returning }) => returning) };
      try {
        await klaviyo.call(endpoints.bulkCreateEvents, toBulkInput(groups), connection, options);
        for (const tracked of batch) outcomes.set(tracked, delivered);
      } catch (error) {
        if (error instanceof KlaviyoRequestError) return aroundRefusal(error, groups, refusals + 1);
        const outcome = outcomeOf(error);
        for (const tracked of batch) outcomes.set(tracked, outcome);
      }
    };

    const aroundRefusal = async (
      error: KlaviyoRequestError,
      groups: readonly EventGroup[],
      refusals: number,
    ): Promise<void> => {
      const batch = groups.flatMap((group) => group.events);
      if (endsBulk(error)) return singly(batch);
      const named = eventsNamedBy(error, groups);
      const parts =
        named.size > 0
          ? [batch.filter((tracked) => !named.has(tracked))]
          : chunksOf(batch, Math.ceil(batch.length / 2));
      await Promise.all([singly([...named]), ...parts.map((part) => send(part, refusals))]);
    };

    // The same name and id under two descriptions of one person would be a repeated id.
    const byName = [...Map.groupBy(events, nameKeyOf).values()];
    await send(
      byName.map(([first]) => first as TrackedEvent),
      0,
    );
    await singly(byName.flatMap(([, ...others]) => others));
    return outcomes;
  };
};
