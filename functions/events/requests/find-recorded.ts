/** Whether Klaviyo has recorded events that it accepted, and under which ids. */
import type { EventConfirm } from '../../../shared/jobs/contract/messages.ts';
import {
  type CallOptions,
  findEventsAt,
  findProfile,
  type KlaviyoClient,
  type KlaviyoConnection,
} from '../../../shared/klaviyo/index.ts';

/** An event that Klaviyo has, with its id there. */
export interface ConfirmedEvent {
  readonly metric: string;
  readonly uniqueId: string;
  readonly eventId: string;
}

/** The profile that the person's events are found under, if there is one. */
const profileIdOf = async (
  klaviyo: KlaviyoClient,
  { profileId, email, phoneNumber, externalId }: EventConfirm['person'],
  connection: KlaviyoConnection,
  options: CallOptions,
): Promise<string | undefined> => {
  if (profileId !== undefined) return profileId;
  const known = { email, phone_number: phoneNumber, external_id: externalId } as const;
  for (const field of ['email', 'phone_number', 'external_id'] as const) {
    const value = known[field];
    if (value === undefined) continue;
    const profile = await findProfile(klaviyo, field, value, connection, options);
    if (profile !== undefined) return profile.id;
  }
  return undefined;
};

/**
 * Those of the events that Klaviyo has. It shows an event's unique id as the property `$event_id`,
 * and its metric by an id alone: two events of one id in one second are taken for each other.
 */
export const findRecorded = async (
  klaviyo: KlaviyoClient,
  { person, time, events }: Pick<EventConfirm, 'person' | 'time' | 'events'>,
  connection: KlaviyoConnection,
  options: CallOptions,
): Promise<ConfirmedEvent[]> => {
  const profileId = await profileIdOf(klaviyo, person, connection, options);
  if (profileId === undefined) return [];
  const ids = new Map<unknown, string>();
  const pages = findEventsAt(klaviyo, profileId, new Date(time), connection, options);
  for await (const { items } of pages)
    for (const { id, attributes } of items) ids.set(attributes.event_properties?.$event_id, id);
  return events.flatMap((event) => {
    const eventId = ids.get(event.uniqueId);
    return eventId === undefined ? [] : [{ ...event, eventId }];
  });
};
