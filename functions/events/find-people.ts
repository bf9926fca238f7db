/** Whose events they are: by a profile that is known to be there, else by addresses. */
import { memoryKeyOf } from '../../shared/connections/contract.ts';
import type { Connection } from '../../shared/connections/find-connection.ts';
import type { BatchContext } from '../../shared/jobs/consume-queue.ts';
import type { Job } from '../../shared/jobs/job.ts';
import { type JobOutcome, outcomeOf } from '../../shared/jobs/outcome.ts';
import type { LostLink } from '../../shared/people/contract/links.ts';
import type { SeenProfile, SeeProfiles } from '../../shared/people/see-profiles.ts';
import { linkKeys } from '../../shared/platform/contract/tables.ts';
import type { EventsJob } from './rules/event-mapping.ts';
import {
  type EventPerson,
  isIdentified,
  sourcePersonOf,
  toAttributes,
} from './rules/event-person.ts';

/** The profiles that customers are linked to; those without a link are left out. */
export type FindLinkedProfiles = (
  memoryKey: string,
  customerIds: readonly string[],
) => Promise<ReadonlyMap<string, string>>;

export interface FindPeopleOptions {
  readonly findLinkedProfiles: FindLinkedProfiles;
  readonly seeProfiles: SeeProfiles;
  /** The customers whose profiles these are, or were. */
  readonly findCustomers: (
    memoryKey: string,
    profileIds: readonly string[],
  ) => Promise<ReadonlyMap<string, string>>;
  /** Forgets those links that still lead to the profile. */
  readonly forgetLinks: (lost: readonly LostLink[]) => Promise<void>;
}

/** Resolves to the people of jobs, by the jobs' ids, or to why one is not known. */
export type FindPeople = (
  jobs: readonly Job<EventsJob>[],
  connection: Connection,
  context: BatchContext,
) => Promise<ReadonlyMap<string, EventPerson | { readonly outcome: JobOutcome }>>;

/** There is nobody left to whom the event could be told: it is kept, and can be corrected. */
const nobody = ({ type }: EventsJob): JobOutcome => ({
  kind: 'refused',
  reason: 'unknown_person',
  pointer: type === 'event.track' ? '/person/profileId' : '/transaction/customer/profileId',
});

/**
 * An id, remembered or given, counts only while its profile was seen within a day. A merged one leads
 * to the survivor. Of one that is gone the link is forgotten, and the event goes by the addresses;
 * where there is none, by the external id of the customer whose profile it was.
 */
export const createFindPeople = ({
  findLinkedProfiles,
  seeProfiles,
  findCustomers,
  forgetLinks,
}: FindPeopleOptions): FindPeople => {
  return async (jobs, connection, context) => {
    const memoryKey = memoryKeyOf(connection.settings);
    const people = jobs.map((job) => ({ job, ...sourcePersonOf(job.message) }));
    const unnamed = people.filter(({ profileId }) => profileId === undefined);
    const customerIds = unnamed.flatMap(({ customerId = [] }) => customerId);
    const linked = await findLinkedProfiles(memoryKey, customerIds);
    const idOf = ({ profileId, customerId = '' }: (typeof people)[number]) =>
      profileId ?? linked.get(customerId);

    const ids = people.flatMap((one) => idOf(one) ?? []);
    const returning = jobs.some(({ receiveCount }) => receiveCount > 1);
    const seen = await seeProfiles(ids, connection, { ...context, returning });
    const isGone = (id: string | undefined): id is string =>
      id !== undefined && seen.get(id)?.kind === 'gone';

    const lost = unnamed.flatMap((one) => {
      const profileId = idOf(one);
      const { customerId = '' } = one;
      return isGone(profileId)
        ? [{ key: linkKeys.customer(memoryKey, customerId), profileId }]
        : [];
    });
    await forgetLinks(lost);
    const homeless = people.filter(
      (one) =>
        isGone(one.profileId) && !isIdentified({ attributes: toAttributes(one.job.message) }),
    );
    const owners = await findCustomers(
      memoryKey,
      homeless.flatMap(({ profileId = [] }) => profileId),
    );

    const personOf = (one: (typeof people)[number]): EventPerson | { outcome: JobOutcome } => {
      const attributes = toAttributes(one.job.message);
      const id = idOf(one);
      const state: SeenProfile | undefined = id === undefined ? { kind: 'gone' } : seen.get(id);
      if (state?.kind === 'alive') return { profileId: id, attributes };
      if (state?.kind === 'merged') return { profileId: state.into, attributes };
      if (state?.kind === 'unknown') return { outcome: outcomeOf(state.error) };
      if (isIdentified({ attributes })) return { attributes };
      const owner = owners.get(id ?? '');
      if (owner === undefined) return { outcome: nobody(one.job.message) };
      return { attributes: { ...attributes, external_id: owner } };
    };
    return new Map(people.map((one) => [one.job.id, personOf(one)]));
  };
};
