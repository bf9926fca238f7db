/** Looking things up by what callers know. */
import type { KlaviyoClient } from './client.ts';
import type { CallOptions, KlaviyoConnection } from './connection.ts';
import { getEvents } from './endpoints/events.ts';
import { listProfiles, type Profile } from './endpoints/profiles.ts';
import { and, any, equals, greaterThan, lessThan } from './filter.ts';

/** Values in one `any(…)` filter: as many as one page can answer. */
export const maxValuesPerFilter = 100;

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
  const { items } = await klaviyo.call(listProfiles, { filter }, connection, options);
  return items[0];
};

/** The profiles that have any of these addresses or numbers: one call per hundred. */
export const findProfiles = async (
  klaviyo: KlaviyoClient,
  field: Identifier,
  values: readonly string[],
  connection: KlaviyoConnection,
  options: CallOptions,
): Promise<Profile[]> => {
  const found: Profile[] = [];
  for (let start = 0; start < values.length; start += maxValuesPerFilter) {
    const { items } = await klaviyo.call(
      listProfiles,
      {
        filter: any(field, values.slice(start, start + maxValuesPerFilter)),
        pageSize: maxValuesPerFilter,
      },
      connection,
      options,
    );
    found.push(...items);
  }
  return found;
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
