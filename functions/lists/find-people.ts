/** From a person as a job names them to what Klaviyo needs: a profile, or the addresses. */
import { memoryKeyOf } from '../../shared/connections/contract.ts';
import type { Connection } from '../../shared/connections/find-connection.ts';
import type { BatchContext } from '../../shared/jobs/consume-queue.ts';
import type { JobOutcome } from '../../shared/jobs/outcome.ts';
import type { Profile } from '../../shared/klaviyo/index.ts';
import { linkKeys } from '../../shared/platform/contract/tables.ts';
import type { Identifier, LookUpProfiles } from './requests/look-up-profiles.ts';
import {
  channels,
  type ListJob,
  namedChannels,
  needsProfile,
  type Person,
} from './rules/list-change.ts';

/** A person as far as known, and what becomes of the part of the job that needs to know more. */
interface FoundPerson {
  readonly person: Person;
  readonly outcome?: JobOutcome | undefined;
}

/** Resolves to the people of jobs, by the jobs' ids. */
export type FindPeople = (
  jobs: readonly ListJob[],
  connection: Connection,
  context: BatchContext,
) => Promise<ReadonlyMap<string, FoundPerson>>;

export interface FindPeopleOptions {
  /** The profile ids that links lead to, by link key. */
  readonly readLinks: (linkKeys: readonly string[]) => Promise<ReadonlyMap<string, string>>;
  readonly lookUpProfiles: LookUpProfiles;
  readonly now: () => number;
}

/** For so long a person may be on the way: the customer's own job may come later than this one. */
const awaitedForMs = 900_000;
const shortestWaitMs = 10_000;
const longestWaitMs = 120_000;

/** What becomes of a job whose person Klaviyo does not know, or not enough of. */
export const awaitProfile = ({ triedFromMs }: ListJob, nowMs: number): JobOutcome => {
  const ageMs = nowMs - triedFromMs;
  if (ageMs >= awaitedForMs)
    return { kind: 'refused', reason: 'unknown_person', pointer: '/person' };
  const growingMs = Math.min(longestWaitMs, Math.max(shortestWaitMs, ageMs / 2));
  const waitMs = Math.min(growingMs, awaitedForMs - ageMs);
  return { kind: 'later', waitMs, reason: 'awaiting_profile' };
};

const linkKeysOf = (memoryKey: string, { message: { person } }: ListJob) => ({
  customer:
    person.profileId === undefined &&
    person.customerId &&
    linkKeys.customer(memoryKey, person.customerId),
  email: person.email && linkKeys.email(memoryKey, person.email),
  sms: person.phoneNumber && linkKeys.phone(memoryKey, person.phoneNumber),
});

/** The keys of all links that may lead to a job's person. */
export const allLinkKeysOf = (memoryKey: string, job: ListJob): string[] =>
  Object.values(linkKeysOf(memoryKey, job)).filter((key): key is string => Boolean(key));

/** The person by the job and by links. An address's own link says best whose it is. */
const linkedPerson = (
  memoryKey: string,
  job: ListJob,
  links: ReadonlyMap<string, string>,
): Person => {
  const { profileId, email, phoneNumber } = job.message.person;
  const keys = linkKeysOf(memoryKey, job);
  const [byCustomer, byEmail, bySms] = [keys.customer, keys.email, keys.sms].map((key) =>
    links.get(key || ''),
  );
  const linked = byCustomer ?? byEmail ?? bySms;
  return {
    profileId: profileId ?? linked,
    isLinked: profileId === undefined && linked !== undefined,
    ...(email === undefined ? {} : { email: { value: email, profileId: byEmail } }),
    ...(phoneNumber === undefined ? {} : { sms: { value: phoneNumber, profileId: bySms } }),
  };
};

/** What Klaviyo shows of the profile, beside what is known already. */
const withProfile = (person: Person, profile: Profile): Person => {
  const { id, attributes } = profile;
  const { email, phone_number: phoneNumber } = attributes;
  const shown = { email, sms: phoneNumber };
  const addresses = channels.flatMap((channel) => {
    const value = person[channel]?.value ?? shown[channel];
    if (value === undefined || value === null) return [];
    const isItsOwn = value.toLowerCase() === shown[channel]?.toLowerCase();
    const own = { ...person[channel], value, profileId: id, profile };
    return [[channel, isItsOwn ? own : person[channel]]];
  });
  return { ...person, profileId: person.profileId ?? id, ...Object.fromEntries(addresses) };
};

/** A link has led to a profile that Klaviyo does not find: the addresses may lead further. */
const withoutProfile = ({ profileId: gone, isLinked, ...person }: Person): Person => {
  if (!isLinked) return { ...person, profileId: gone, isLinked };
  const addresses = channels.flatMap((channel) => {
    const address = person[channel];
    if (address === undefined) return [];
    return [[channel, address.profileId === gone ? { value: address.value } : address]];
  });
  return Object.fromEntries(addresses);
};

const lacksAddress = (job: ListJob, person: Person): boolean => {
  const named = namedChannels(job);
  return named === undefined
    ? channels.every((channel) => person[channel] === undefined)
    : named.some((channel) => person[channel] === undefined);
};

const lacks = (job: ListJob, person: Person): boolean =>
  (needsProfile(job) && person.profileId === undefined) || lacksAddress(job, person);

/**
 * Unsubscriptions of one person from one list must not be on their way at once, whichever channel
 * they are about: whoever has left the list by then is unsubscribed from everything.
 */
const isUnsubscription = ({ message }: ListJob): boolean =>
  message.type === 'list.unsubscribe' && message.list !== undefined;

/** By what to look for a person whom a job does not know well enough. */
const lookedUpBy = (field: Identifier, job: ListJob, person: Person): string | undefined => {
  if (field === 'id') return lacks(job, person) ? person.profileId : undefined;
  if (!lacks(job, person) && !isUnsubscription(job)) return undefined;
  if (person.profileId !== undefined) return undefined;
  const { email, phoneNumber } = job.message.person;
  return field === 'email' ? email : phoneNumber;
};

/**
 * People are found by the id given, else by links, else at Klaviyo by e-mail address and by number,
 * a hundred a call. Who is not found yet is waited for, a quarter of an hour in all.
 */
export const createFindPeople =
  ({ readLinks, lookUpProfiles, now }: FindPeopleOptions): FindPeople =>
  async (jobs, connection, context) => {
    const memoryKey = memoryKeyOf(connection.settings);
    const keys = jobs.flatMap((job) => allLinkKeysOf(memoryKey, job));
    const links = keys.length > 0 ? await readLinks(keys) : new Map<string, string>();
    const found = new Map<string, FoundPerson>(
      jobs.map((job) => [job.id, { person: linkedPerson(memoryKey, job, links) }]),
    );
    const personOf = (job: ListJob): Person => found.get(job.id)?.person ?? {};

    for (const field of ['id', 'email', 'phone_number'] as const) {
      const wanted = jobs.flatMap((job) => {
        if (found.get(job.id)?.outcome !== undefined) return [];
        const value = lookedUpBy(field, job, personOf(job));
        return value === undefined ? [] : [{ job, value }];
      });
      const answers = await lookUpProfiles(field, wanted, connection.klaviyo, context);
      for (const { job } of wanted) {
        const { profile, outcome } = answers.get(job.id) ?? {};
        const person = personOf(job);
        // Nobody is unsubscribed while it could not be asked who it is. An id that Klaviyo refuses
        // says nothing against the addresses that came with it.
        const isUnclear =
          outcome !== undefined &&
          isUnsubscription(job) &&
          (field !== 'id' || outcome.kind !== 'refused');
        const isGone = field === 'id' && outcome === undefined;
        const known = isUnclear ? {} : isGone ? withoutProfile(person) : person;
        found.set(job.id, { person: profile ? withProfile(person, profile) : known, outcome });
      }
    }

    for (const job of jobs) {
      const { person, outcome } = found.get(job.id) ?? { person: {} };
      if (outcome === undefined && lacks(job, person))
        found.set(job.id, { person, outcome: awaitProfile(job, now()) });
    }
    return found;
  };
