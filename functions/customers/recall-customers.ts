/** What is known of a batch's customers and of their profiles, all read together. */
import { memoryKeyOf } from '../../shared/connections/contract.ts';
import type { Connection } from '../../shared/connections/find-connection.ts';
import type { BatchContext } from '../../shared/jobs/consume-queue.ts';
import { type JobOutcome, outcomeOf } from '../../shared/jobs/outcome.ts';
import type {
  CustomerLink,
  CustomerMemory,
  ProfileLink,
} from '../../shared/people/contract/customer-memory.ts';
import { type SeenProfile, type SeeProfiles, seenForMs } from '../../shared/people/see-profiles.ts';
import type { CustomerJob } from './rules/customer-job.ts';
import type { Sight } from './turn.ts';

/** What is known of one customer of the batch. */
export interface KnownCustomer {
  readonly link: CustomerLink;
  /** What is remembered of the profile that it is linked to. */
  readonly profile: ProfileLink | undefined;
  readonly sight: Sight;
}

/** Resolves to what is known of each; an outcome, where Klaviyo could not be asked. */
export type RecallCustomers = (
  jobs: ReadonlyMap<string, readonly CustomerJob[]>,
  connection: Connection,
  context: BatchContext,
) => Promise<ReadonlyMap<string, KnownCustomer | JobOutcome>>;

export interface RecallCustomersOptions {
  readonly memory: Pick<CustomerMemory, 'readCustomers' | 'readProfiles'>;
  readonly seeProfiles: SeeProfiles;
  readonly now: () => number;
}

/** The profile that the source names last, if any does. */
const namedBy = (jobs: readonly CustomerJob[]): string | undefined =>
  jobs.findLast(({ message }) => message.customer.profileId !== undefined)?.message.customer
    .profileId;

const toSight = (
  profileId: string | undefined,
  isLinked: boolean,
  seen: SeenProfile | undefined,
): Sight | JobOutcome => {
  if (profileId === undefined) return { kind: 'none' };
  switch (seen?.kind) {
    case 'alive':
      return { kind: 'alive', profileId };
    case 'merged':
      return { kind: isLinked ? 'merged' : 'alive', profileId: seen.into };
    case 'gone':
      return { kind: 'gone' };
    default:
      return outcomeOf(seen?.error ?? new Error('a profile was not looked up'));
  }
};

const isOutcome = (sight: Sight | JobOutcome): sight is JobOutcome =>
  !['none', 'gone', 'alive', 'merged'].includes(sight.kind);

/** Profiles that did not answer within a day are looked up: they may be gone, or another's by now. */
export const createRecallCustomers =
  ({ memory, seeProfiles, now }: RecallCustomersOptions): RecallCustomers =>
  async (jobs, connection, context) => {
    const memoryKey = memoryKeyOf(connection.settings);
    const links = await memory.readCustomers(memoryKey, [...jobs.keys()]);
    const linked = [...links.values()].flatMap(({ profileId }) => profileId ?? []);
    const profiles = await memory.readProfiles(memoryKey, [...new Set(linked)]);

    const customers = [...jobs].map(([customerId, own]) => {
      const link = links.get(customerId) ?? {};
      const profile = link.profileId === undefined ? undefined : profiles.get(link.profileId);
      const wanted = namedBy(own) ?? link.profileId;
      const isLinked = wanted === link.profileId;
      const lastSeenMs = Math.max(profile?.seenAtMs ?? -Infinity, link.seenAtMs ?? -Infinity);
      const isFresh = isLinked && now() - lastSeenMs < seenForMs;
      return { customerId, own, link, profile, wanted, isLinked, isFresh };
    });
    const stale = customers.filter(({ isFresh, wanted }) => !isFresh && wanted !== undefined);
    const returning = stale.some(({ own }) => own.some(({ receiveCount }) => receiveCount > 1));
    const seen = await seeProfiles(
      stale.flatMap(({ wanted }) => wanted ?? []),
      connection,
      { ...context, returning },
    );
    return new Map(
      customers.map(({ customerId, link, profile, wanted, isLinked, isFresh }) => {
        const found = isFresh ? { kind: 'alive' as const } : seen.get(wanted ?? '');
        const sight = toSight(wanted, isLinked, found);
        return [customerId, isOutcome(sight) ? sight : { link, profile, sight }];
      }),
    );
  };
