/** Which events of a bulk request Klaviyo's refusal is about. */
import type { KlaviyoProblem, KlaviyoRequestError } from '../../../shared/klaviyo/index.ts';
import type { EventGroup } from './bulk-batches.ts';
import type { TrackedEvent } from './tracked-event.ts';

const groupPointer = /\/events-bulk-create\/data\/(\d+)(?:\/|$)/;
const eventPointer = /\/events\/data\/(\d+)(?:\/|$)/;

const indexIn = (pointer: string, pattern: RegExp): number | undefined => {
  const digits = pattern.exec(pointer)?.[1];
  return digits === undefined ? undefined : Number(digits);
};

/** The event that the pointer leads to; all of a profile's where it names the profile alone. */
const eventsAt = (
  { pointer = '' }: KlaviyoProblem,
  groups: readonly EventGroup[],
): readonly TrackedEvent[] => {
  const events = groups[indexIn(pointer, groupPointer) ?? Number.NaN]?.events ?? [];
  const index = indexIn(pointer, eventPointer);
  return index === undefined ? events : events.slice(index, index + 1);
};

/** The events that a refusal names, each once; none where it names none. */
export const eventsNamedBy = (
  { problems }: KlaviyoRequestError,
  groups: readonly EventGroup[],
): ReadonlySet<TrackedEvent> => new Set(problems.flatMap((problem) => eventsAt(problem, groups)));

/** Whether a unique id was repeated: then Klaviyo processes none of the request's events. */
export const namesRepeatedId = ({ problems }: KlaviyoRequestError): boolean =>
  problems.some(
    ({ code, detail, pointer = '' }) =>
      pointer.endsWith('/unique_id') || /duplicate/.test(code) || /unique_id/.test(detail),
  );
