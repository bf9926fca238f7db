/** Who did it, as the source knows the person, and as Klaviyo is told. */
import {
  type EventProfile,
  KlaviyoRequestError,
  type ProfileAttributes,
} from '../../../shared/klaviyo/index.ts';
import type { EventsJob } from './event-mapping.ts';

export interface EventPerson {
  /** Klaviyo's id of the profile, as given or as linked. */
  readonly profileId?: string | undefined;
  /** By what Klaviyo finds the person without it, or creates a profile. */
  readonly attributes: ProfileAttributes;
}

/** The person of a job by the source's own identifiers. */
export const sourcePersonOf = (job: EventsJob) =>
  job.type === 'event.track' ? job.person : job.transaction.customer;

/** Customers write their own id as the external id: by it a person without a link is found. */
export const toAttributes = (job: EventsJob): ProfileAttributes => {
  const { email, phoneNumber, customerId } = sourcePersonOf(job);
  const addresses = { email, phone_number: phoneNumber };
  if (job.type === 'event.track') return { ...addresses, external_id: customerId };
  const { externalId = customerId, firstName, lastName } = job.transaction.customer;
  return { ...addresses, external_id: externalId, first_name: firstName, last_name: lastName };
};

/**
 * A phone number may be a household's. Beside another identifier it could make Klaviyo take somebody
 * else for the person, and write the address or the id over theirs: so it goes alone or not at all.
 */
const withoutWeak = (attributes: ProfileAttributes): ProfileAttributes => {
  const { phone_number: _, ...rest } = attributes;
  return (attributes.email ?? attributes.external_id) ? rest : attributes;
};

/**
 * What Klaviyo is told of the person. Where the profile is known nothing else is: an event changes
 * the attributes that it carries, and an old order must not bring back an old address.
 */
export const toEventProfile = ({ profileId, attributes }: EventPerson): EventProfile =>
  profileId === undefined
    ? { attributes: withoutWeak(attributes) }
    : { id: profileId, attributes: {} };

const identifiers = ['email', 'phone_number', 'external_id'] as const;

/** Whether Klaviyo can know by it whose an event is. */
export const isIdentified = ({ profileId, attributes }: EventPerson): boolean =>
  profileId !== undefined || identifiers.some((name) => attributes[name] !== undefined);

/** The identifiers that one has and the other has not. */
export const missingIn = (less: EventPerson, more: EventPerson) =>
  identifiers.filter(
    (name) => more.attributes[name] !== undefined && less.attributes[name] === undefined,
  );

/** A pointer to the profile's own field; a property of the event may have the same name. */
const pointsTo = (name: string, pointer: string): boolean =>
  pointer.endsWith(`/${name}`) && !pointer.includes('/properties/');

/**
 * The person without the identifiers that Klaviyo's refusal names; undefined where it names none,
 * or where none is left.
 */
export const withoutRefused = (person: EventPerson, error: unknown): EventPerson | undefined => {
  if (!(error instanceof KlaviyoRequestError)) return undefined;
  const { status, problems } = error;
  const named = (name: string) =>
    problems.some(({ pointer }) => pointer !== undefined && pointsTo(name, pointer));
  const left =
    person.profileId === undefined
      ? withoutAttributes(person, identifiers.filter(named))
      : status === 404 || named('id')
        ? { attributes: person.attributes }
        : person;
  return left !== person && isIdentified(left) ? left : undefined;
};

const withoutAttributes = (
  person: EventPerson,
  names: readonly (typeof identifiers)[number][],
): EventPerson => {
  const sent = names.filter((name) => person.attributes[name] !== undefined);
  if (sent.length === 0) return person;
  const gone = sent.map((name) => [name, undefined]);
  return { ...person, attributes: { ...person.attributes, ...Object.fromEntries(gone) } };
};
