/** Looking things up by what callers know. */
import type { KlaviyoClient } from './client.ts';
import type { CallOptions, KlaviyoConnection } from './connection.ts';
import { getEvents } from './endpoints/events.ts';
import { getProfiles, type Profile } from './endpoints/profiles.ts';
import { and, equals, greaterThan, lessThan } from './filter.ts';

type Identifier = 'email' | 'phone_number' | 'external_id';

/** The profile with this identifier, if there is one. */
export const findProfile = async (
  klaviyo: KlaviyoClient,
  field: Identifier,
  value: string,
  connection: KlaviyoConnection,
  options: CallOptions,
): Promise<Profile | undefined> => {
  const filter = equals(field, value);
  const { items } = await klaviyo.call(getProfiles, { filter }, connection, options);
  return items[0];
};

const secondMs = 1_000;

/** The events of one profile at one second, which is as exact as Klaviyo keeps it, page by page. */
export const findEventsAt = (
  klaviyo: KlaviyoClient,
  profileId: string,
  at: Date,
  connection: KlaviyoConnection,
  options: CallOptions,
) => {
  const filter = and(
    equals('profile_id', profileId),
    greaterThan('datetime', new Date(at.getTime() - secondMs)),
    lessThan('datetime', new Date(at.getTime() + secondMs)),
  );
  return klaviyo.pages(getEvents, { filter }, connection, options);
};
