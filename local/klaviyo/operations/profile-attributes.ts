import { createHash } from 'node:crypto';
import type { Profile } from '../state/profile.ts';
import { microseconds, wholeSeconds } from '../timestamps.ts';

const scalars = ['first_name', 'last_name', 'organization', 'locale', 'title', 'image'];

export const locationMembers = [
  'address1',
  'address2',
  'city',
  'country',
  'latitude',
  'longitude',
  'region',
  'zip',
  'timezone',
  'ip',
];

const shown = (names: readonly string[], values: Readonly<Record<string, unknown>>) =>
  Object.fromEntries(names.map((name) => [name, values[name] ?? null]));

/** At 2026-10-15 Klaviyo shows hashes of both addresses. Which hash is not known. */
const hashed = (value: string | undefined): string | null =>
  value === undefined ? null : createHash('sha256').update(value).digest('hex');

/** The attributes that a profile always shows: null where there is none. */
export const plainAttributes = (
  { identifiers, fields, location, properties, lastEventMs }: Profile,
  served: string,
) => ({
  email: identifiers.email ?? null,
  phone_number: identifiers.phone_number ?? null,
  external_id: identifiers.external_id ?? null,
  anonymous_id: identifiers.anonymous_id ?? null,
  whatsapp_bsuid: null,
  ...shown(scalars, fields),
  last_event_date: lastEventMs === undefined ? null : wholeSeconds(lastEventMs),
  location: shown(locationMembers, location),
  properties,
  ...(served >= '2026-10-15' && {
    hashed_email: hashed(identifiers.email),
    hashed_phone_number: hashed(identifiers.phone_number),
  }),
});

/** Which of the two times an answer shows in microseconds, not in whole seconds. */
export type Precision = 'none' | 'updated' | 'both';

/** `created` and `updated` as recorded: a new profile has both exactly, an import its `updated`. */
export const timesOf = ({ createdMicros, updatedMicros }: Profile, precision: Precision) => {
  const write = (micros: number, exact: boolean) =>
    exact ? microseconds(micros) : wholeSeconds(micros / 1000);
  return {
    created: write(createdMicros, precision === 'both'),
    updated: write(updatedMicros, precision !== 'none'),
  };
};
