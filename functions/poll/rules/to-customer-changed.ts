/** A profile as the message that the other system reads. Klaviyo's attributes keep their names. */

import { type CustomerChanged, maxMessageBytes } from '../../../shared/jobs/contract/messages.ts';
import { escapedForSqs } from '../../../shared/jobs/outgoing-messages.ts';
import type { Profile } from '../../../shared/klaviyo/index.ts';
import { contentHashOf } from '../../../shared/people/contract/links.ts';

export interface ChangedProfile {
  readonly profile: Profile;
  /** Epoch milliseconds of Klaviyo's `updated`. */
  readonly updatedMs: number;
  /** Its state: see known-fields.ts. */
  readonly fields: string;
}

/** Klaviyo's `updated`; where it shows none, what a caller knows instead. */
export const updatedMsOf = ({ attributes: { updated } }: Profile, fallbackMs: number): number => {
  const parsed = Date.parse(updated ?? '');
  return Number.isNaN(parsed) ? fallbackMs : parsed;
};

const isoOf = (ms: number): string => new Date(ms).toISOString();

/** Two states that share the second of `updated` are two changes: the state is part of the id. */
const changeIdOf = (
  connectionId: string,
  { profile, updatedMs, fields }: ChangedProfile,
): string => {
  const state = contentHashOf([fields, profile.attributes.predictive_analytics]).slice(0, 12);
  return `${connectionId}/${profile.id}/${isoOf(updatedMs)}/${state}`;
};

export const toCustomerChanged = (
  connectionId: string,
  changed: ChangedProfile,
  match: CustomerChanged['match'],
): CustomerChanged => {
  const { subscriptions = null, ...attributes } = changed.profile.attributes;
  return {
    type: 'customer.changed',
    connectionId,
    changeId: changeIdOf(connectionId, changed),
    changedAt: isoOf(changed.updatedMs),
    profile: { profileId: changed.profile.id, attributes, subscriptions },
    match,
  };
};

/** What says who it is, and no more: kept where even the other attributes are too large. */
const identifying = ['email', 'phone_number', 'external_id', 'first_name', 'last_name', 'updated'];

/** What a message that is too large goes without: `properties`, else all that names nobody. */
const keeps: readonly ((name: string) => boolean)[] = [
  (name) => name !== 'properties',
  (name) => identifying.includes(name),
];

const shed = (message: CustomerChanged, keep: (name: string) => boolean): CustomerChanged => {
  const kept = Object.entries(message.profile.attributes).filter(([name]) => keep(name));
  const profile = { ...message.profile, attributes: Object.fromEntries(kept) };
  return { ...message, profile, propertiesOmitted: true };
};

/** As it will be sent: the size counts. */
const jsonOf = (message: CustomerChanged): string => escapedForSqs(JSON.stringify(message));

/** The message as SQS takes it: too large a one goes without `properties`, and says so. */
export const bodyOf = (message: CustomerChanged): string => {
  let body = jsonOf(message);
  for (const keep of keeps) {
    if (Buffer.byteLength(body) <= maxMessageBytes) return body;
    body = jsonOf(shed(message, keep));
  }
  return body;
};
