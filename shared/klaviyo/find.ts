/** Looking things up by what callers know. */
import type { KlaviyoClient } from './client.ts';
import type { CallOptions, KlaviyoConnection } from './connection.ts';
import { getEvents } from './endpoints/events.ts';
import { listProfiles, type Profile } from './endpoints/profiles.ts';
import { any, equals } from './filter.ts';

/** Values in one `any(…)` filter: as many as one page can answer. */
export const maxValuesPerFilter = 100;

const findProfile =
  (field: 'email' | 'phone_number') =>
  async (
    klaviyo: KlaviyoClient,
    value: string,
    connection: KlaviyoConnection,
    options: CallOptions,
  ): Promise<Profile | undefined> => {
    const { items } = await klaviyo.call(
      listProfiles,
      { filter: equals(field, value) },
      connection,
      options,
    );
    return items[0];
  };

/** The profile with this e-mail address, if there is one. */
export const findProfileByEmail = findProfile('email');

/** The profile with this phone number (E.164), if there is one. */
export const findProfileByPhone = findProfile('phone_number');

/** The profiles that have any of these addresses or numbers: one call per hundred. */
export const findProfiles = async (
  klaviyo: KlaviyoClient,
  field: 'email' | 'phone_number',
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

/** The events of one profile, newest first, page by page. */
export const findEventsByProfile = (
  klaviyo: KlaviyoClient,
  profileId: string,
  connection: KlaviyoConnection,
  options: CallOptions,
) =>
  klaviyo.pages(
    getEvents,
    { filter: equals('profile_id', profileId), sort: '-datetime' },
    connection,
    options,
  );
