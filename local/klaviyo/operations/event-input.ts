/** What the operations have in common that record events. */
import { notFound } from '../api-error.ts';
import { identifierProblems, withoutBadPhone } from '../identifiers.ts';
import type { Call } from '../route.ts';
import type { NewEvent } from '../state/event-store.ts';
import { type Person, track } from '../state/tracking.ts';
import { parseInstant } from '../timestamps.ts';
import type { WireEvent, WirePerson } from './event-body.ts';

/** The event as it is kept. Klaviyo adds the value, its currency and the id to the properties. */
export const toEvent = (event: WireEvent, nowMs: number, backfill: boolean): NewEvent => {
  const { value, unique_id, value_currency } = event;
  const atMs = parseInstant(event.time ?? '') ?? nowMs;
  return {
    metricName: event.metric.data.attributes.name,
    timeSeconds: Math.floor(atMs / 1000),
    properties: event.properties,
    uniqueId: unique_id ?? undefined,
    value: value ?? undefined,
    valueCurrency: value_currency ?? undefined,
    backfill: event.backfill ?? backfill,
  };
};

/** The person without a phone number that is none, and the header that says so. */
export const toPerson = ({ data }: WirePerson) => {
  const { meta: inner, ...attributes } = data.attributes;
  const { write, headers } = withoutBadPhone(attributes);
  const patch = (inner ?? data.meta)?.patch_properties;
  return { person: { id: data.id, write, patch } satisfies Person, headers };
};

export const personProblems = ({ data }: WirePerson, pointer: string, lenient: boolean) => {
  const identity = { ...data.attributes, meta: undefined, id: data.id ?? undefined };
  const place = `${pointer}/profile/data/attributes`;
  return identifierProblems(identity, place, { lenient, required: true });
};

/**
 * Whether Klaviyo would say so is not recorded: an account refuses unknown ids only where it is
 * set to. Else the event is accepted here, and lost later.
 * @throws ApiError 404
 */
export const refuseUnknown = ({ account }: Call, { data }: WirePerson, pointer: string): void => {
  if (account.settings.unknownEventProfiles !== 'refuse' || typeof data.id !== 'string') return;
  if (account.profiles.get(data.id)) return;
  throw notFound('profile', data.id, { pointer: `${pointer}/profile/data/id` });
};

/** Records events of one person once Klaviyo's delay has passed. */
export const trackLater = ({ account }: Call, person: Person, events: readonly NewEvent[]): void =>
  account.later(account.delays.eventMs, () => track(account, person, events));
