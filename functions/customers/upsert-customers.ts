/** Customer jobs into Klaviyo: one write per customer, in the order in which things happened. */

import { memoryKeyOf } from '../../shared/contracts/connection.ts';
import { withFieldsSent } from '../../shared/contracts/known-fields.ts';
import {
  type CustomerLease,
  type CustomerLink,
  type CustomerLinks,
  contentHashOf,
} from '../../shared/contracts/links.ts';
import type { CustomersMessage } from '../../shared/contracts/messages.ts';
import { compareWords } from '../../shared/contracts/word-times.ts';
import {
  type CallOptions,
  KlaviyoUnreachableError,
  type Profile,
  type ProfileAttributes,
} from '../../shared/klaviyo/index.ts';
import type { BatchContext, HandleJobs } from '../../shared/runtime/consume-queue.ts';
import { delivered, type Fate, fateOf } from '../../shared/runtime/fate.ts';
import type { Connection } from '../../shared/runtime/find-connection.ts';
import type { Job } from '../../shared/runtime/job.ts';
import { toListJobs } from './fan-out.ts';
import { mergeCustomers, toProfileAttributes } from './profile-mapping.ts';
import type { ListJobOf } from './send-list-jobs.ts';
import type { WriteProfile } from './write-profile.ts';

type CustomerJob = Job<CustomersMessage>;

export interface UpsertCustomersOptions {
  readonly links: CustomerLinks;
  readonly writeProfile: WriteProfile;
  /** Sends list jobs; throws where any of them did not get through. */
  readonly sendListJobs: (jobs: readonly ListJobOf[]) => Promise<void>;
}

/** Another instance is writing the same customer: it will be done soon. */
const leasedWaitMs = 5_000;

/** Then the lease is left to run out: a newer write of the customer must not come before this one. */
const mayStillHappen = (error: unknown): boolean =>
  error instanceof KlaviyoUnreachableError && error.mayStillHappen;

const isOver = ({ kind }: Fate): boolean =>
  kind === 'delivered' || kind === 'superseded' || kind === 'refused';

const fates = (jobs: readonly CustomerJob[], fate: Fate): [string, Fate][] =>
  jobs.map(({ id }) => [id, fate]);

/**
 * The consumer of `customers`. The jobs of one customer merge into one write; a job older than what
 * was applied is superseded, and so is one that would change nothing.
 */
export const createUpsertCustomers = ({
  links,
  writeProfile,
  sendListJobs,
}: UpsertCustomersOptions): HandleJobs<CustomersMessage, Connection> => {
  /** Writes what is newer than the link; resolves to the profile and what became of the jobs. */
  const apply = async (
    customerId: string,
    jobs: readonly CustomerJob[],
    { owner, link }: CustomerLease,
    { settings, klaviyo }: Connection,
    options: CallOptions,
  ): Promise<{ profileId: string | undefined; decided: [string, Fate][] }> => {
    const memoryKey = memoryKeyOf(settings);
    const [old, fresh] = partition(
      jobs,
      ({ occurredAtMs }) => link.occurredAtMs !== undefined && occurredAtMs < link.occurredAtMs,
    );
    const stale = fates(old, { kind: 'superseded', by: 'newer' });
    const newest = fresh.at(-1);
    if (newest === undefined) {
      await links.release(memoryKey, customerId, owner);
      return { profileId: link.profileId, decided: stale };
    }
    const customer = fresh.map(({ message }) => message.customer).reduce(mergeCustomers);
    const profileId = customer.profileId ?? link.profileId;
    const attributes = toProfileAttributes(customer);
    const contentHash = contentHashOf({ profileId, attributes });
    if (link.profileId !== undefined && link.contentHash === contentHash) {
      await links.release(memoryKey, customerId, owner, newest.occurredAtMs);
      const same = fates(fresh, { kind: 'superseded', by: 'same_content' });
      return { profileId: link.profileId, decided: [...stale, ...same] };
    }
    const { profile, withheld } = await writeProfile(profileId, attributes, klaviyo, options);
    await links.save(memoryKey, customerId, owner, {
      profileId: profile.id,
      occurredAtMs: newest.occurredAtMs,
      contentHash: contentHashOf({ profileId: profile.id, attributes }),
      withheld,
      ownUpdatedAt: profile.attributes.updated ?? undefined,
      fieldsSent: fieldsSentTo(profile, attributes, withheld, link),
      email: customer.email ?? undefined,
      phoneNumber: customer.phoneNumber ?? undefined,
    });
    return { profileId: profile.id, decided: [...stale, ...fates(fresh, delivered)] };
  };

  const upsert = async (
    customerId: string,
    jobs: readonly CustomerJob[],
    connection: Connection,
    context: BatchContext,
  ): Promise<[string, Fate][]> => {
    const memoryKey = memoryKeyOf(connection.settings);
    const returning = jobs.some(({ receiveCount }) => receiveCount > 1);
    const lease = await links.lease(memoryKey, customerId);
    if (lease === undefined)
      return fates(jobs, { kind: 'later', waitMs: leasedWaitMs, reason: 'leased' });
    try {
      const options = { ...context, returning };
      const { profileId, decided } = await apply(customerId, jobs, lease, connection, options);
      const listJobs = jobs.flatMap((said) =>
        toListJobs(said.message, profileId).map((message) => ({ message, said })),
      );
      if (listJobs.length > 0) await sendListJobs(listJobs);
      return decided;
    } catch (error) {
      if (!mayStillHappen(error)) await links.release(memoryKey, customerId, lease.owner);
      const fate = fateOf(error);
      if (fate.kind !== 'refused' || jobs.length === 1) return fates(jobs, fate);
      return oneByOne(customerId, jobs, connection, context);
    }
  };

  /**
   * A job that Klaviyo refuses must not take those along with which it was merged. After one that
   * has to come back the newer ones wait as well: it would be superseded by them.
   */
  const oneByOne = async (
    customerId: string,
    jobs: readonly CustomerJob[],
    connection: Connection,
    context: BatchContext,
  ): Promise<[string, Fate][]> => {
    const decided: [string, Fate][] = [];
    for (const [index, job] of jobs.entries()) {
      const own = await upsert(customerId, [job], connection, context);
      decided.push(...own);
      const blocking = own.find(([, fate]) => !isOver(fate));
      if (blocking !== undefined) return [...decided, ...fates(jobs.slice(index + 1), blocking[1])];
    }
    return decided;
  };

  return async (jobs, connection, context) => {
    const ordered = jobs.toSorted(compareWords);
    const byCustomer = Map.groupBy(ordered, ({ message }) => message.customer.customerId);
    const decided = await Promise.all(
      [...byCustomer].map(([customerId, group]) =>
        upsert(customerId, group, connection, context).catch((error: unknown) =>
          fates(group, fateOf(error)),
        ),
      ),
    );
    return new Map(decided.flat());
  };
};

/** By what was written, the poll tells this write's echo from a change made in Klaviyo. */
const fieldsSentTo = (
  { id, attributes: { updated } }: Profile,
  sent: ProfileAttributes,
  withheld: readonly string[],
  link: CustomerLink,
): string | undefined => {
  if (!updated) return undefined;
  const taken = Object.entries(sent).filter(([name]) => !withheld.includes(name));
  const before = link.profileId === id ? link.fieldsSent : undefined;
  return withFieldsSent(before, Object.fromEntries(taken), Date.parse(updated));
};

const partition = <T>(items: readonly T[], test: (item: T) => boolean): [T[], T[]] => [
  items.filter(test),
  items.filter((item) => !test(item)),
];
