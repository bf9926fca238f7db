/** How many events become few requests: by profile, within Klaviyo's caps. */
import {
  type EventProfile,
  endpoints,
  maxBulkJobBytes,
  maxEventsPerBulkJob,
  revisionsFor,
} from '../../../shared/klaviyo/index.ts';
import { chunksOf } from '../../../shared/platform/chunks-of.ts';
import { toEventProfile } from './event-person.ts';
import { profileKeyOf, type TrackedEvent } from './tracked-event.ts';

/** The events of one profile, as a bulk request holds them. */
export interface EventGroup {
  readonly profile: EventProfile;
  readonly events: readonly TrackedEvent[];
}

/** What the client is given for a bulk request. */
export const toBulkInput = (groups: readonly EventGroup[]) => ({
  groups: groups.map(({ profile, events }) => ({
    profile,
    events: events.map(({ event }) => event),
  })),
});

/** The bytes of a bulk request's body as it will go over the wire. */
export const bulkBytes =
  (revision: string, now: Date) =>
  (groups: readonly EventGroup[]): number => {
    const { body } = endpoints.bulkCreateEvents.toWire(
      toBulkInput(groups),
      revisionsFor(revision, now),
    );
    return Buffer.byteLength(JSON.stringify(body));
  };

const groupByProfile = (events: readonly TrackedEvent[]): EventGroup[] =>
  [...Map.groupBy(events, profileKeyOf).values()].map((group) => ({
    profile: toEventProfile((group[0] as TrackedEvent).person),
    events: group,
  }));

/**
 * The requests for these events: each of 1,000 events and 5 MB at most, those of a profile together
 * and in their order. One event that is too large by itself goes alone: Klaviyo will say so.
 */
export const toBulkBatches = (
  events: readonly TrackedEvent[],
  bytesOf: (groups: readonly EventGroup[]) => number,
): EventGroup[][] => {
  const split = (part: readonly TrackedEvent[]): EventGroup[][] => {
    const groups = groupByProfile(part);
    if (part.length <= 1 || bytesOf(groups) <= maxBulkJobBytes) return [groups];
    return chunksOf(part, Math.ceil(part.length / 2)).flatMap(split);
  };
  const inOrder = groupByProfile(events).flatMap((group) => group.events);
  return chunksOf(inOrder, maxEventsPerBulkJob).flatMap(split);
};
