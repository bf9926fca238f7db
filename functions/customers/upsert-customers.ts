/** Customer jobs into Klaviyo: of each field the later word, and no more than what is news. */

import { memoryKeyOf } from '../../shared/connections/contract.ts';
import type { Connection } from '../../shared/connections/find-connection.ts';
import type { BatchContext, HandleJobs } from '../../shared/jobs/consume-queue.ts';
import type { CustomersMessage } from '../../shared/jobs/contract/messages.ts';
import { type Fate, fateOf } from '../../shared/jobs/outcome.ts';
import type { KlaviyoClient } from '../../shared/klaviyo/index.ts';
import type { ProfileLink } from '../../shared/people/contract/customer-memory.ts';
import { compareWords } from '../../shared/people/contract/source-times.ts';
import type { SeeProfiles } from '../../shared/people/see-profiles.ts';
import type { CustomerJob } from './customer-job.ts';
import {
  type CustomerWriteOptions,
  createCustomerWrite,
  type Decided,
  type Turn,
} from './customer-write.ts';
import { LeasedError } from './leases.ts';
import { createLinkCustomer } from './link-customer.ts';
import { createRecallCustomers, type KnownCustomer } from './recall-customers.ts';
import { saidBy } from './statements.ts';
import { createWriteLinked } from './write-linked.ts';
import { createWriteProfile } from './write-profile.ts';

export interface UpsertCustomersOptions extends Omit<CustomerWriteOptions, 'now'> {
  readonly klaviyo: KlaviyoClient;
  readonly seeProfiles: SeeProfiles;
  /** @default the system's clock */
  readonly now?: () => number;
}

/** For so long whoever has the lease is waited for. */
const leasedWaitMs = 5_000;

const isOver = ({ kind }: Fate): boolean =>
  kind === 'delivered' || kind === 'superseded' || kind === 'refused';

const fates = (jobs: readonly CustomerJob[], fate: Fate): [string, Fate][] =>
  jobs.map(({ id }) => [id, fate]);

const customerFateOf = (error: unknown): Fate =>
  error instanceof LeasedError
    ? { kind: 'later', waitMs: leasedWaitMs, reason: 'leased' }
    : fateOf(error);

/**
 * The consumer of `customers`. The jobs of one customer merge into one write; a job of which
 * everything is older than what was applied is superseded, and so is one that would change nothing.
 */
export const createUpsertCustomers = ({
  klaviyo,
  seeProfiles,
  now = Date.now,
  ...options
}: UpsertCustomersOptions): HandleJobs<CustomersMessage, Connection> => {
  const write = createCustomerWrite({ ...options, now });
  const writeLinked = createWriteLinked(write);
  const linkCustomer = createLinkCustomer(write);
  const recallCustomers = createRecallCustomers({ ...options, seeProfiles, now });

  const apply = async (turn: Turn, profile: ProfileLink | undefined): Promise<Decided> => {
    const { link, sight } = turn;
    if (sight.kind !== 'alive' || sight.profileId !== link.profileId) return linkCustomer(turn);
    const decided = await writeLinked(turn, sight.profileId, profile);
    return decided === 'gone' ? linkCustomer({ ...turn, sight: { kind: 'gone' } }) : decided;
  };

  const upsert = async (
    customerId: string,
    jobs: readonly CustomerJob[],
    connection: Connection,
    context: BatchContext,
    known: KnownCustomer,
  ): Promise<Decided> => {
    const { settings } = connection;
    const returning = jobs.some(({ receiveCount }) => receiveCount > 1);
    const turn = {
      connectionId: settings.connectionId,
      memoryKey: memoryKeyOf(settings),
      said: saidBy(customerId, jobs),
      link: known.link,
      sight: known.sight,
      klaviyo: connection.klaviyo,
      profiles: createWriteProfile(klaviyo, connection.klaviyo, { ...context, returning }),
    };
    try {
      return await apply(turn, known.profile);
    } catch (error) {
      const fate = customerFateOf(error);
      if (fate.kind !== 'refused' || jobs.length === 1) return fates(jobs, fate);
      return oneByOne(customerId, jobs, connection, context);
    }
  };

  /**
   * A job that Klaviyo refuses must not take those along with which it was merged. After one that
   * has to come back the newer ones wait as well, for the list changes among them.
   */
  const oneByOne = async (
    customerId: string,
    jobs: readonly CustomerJob[],
    connection: Connection,
    context: BatchContext,
  ): Promise<Decided> => {
    const decided: (readonly [string, Fate])[] = [];
    for (const [index, job] of jobs.entries()) {
      const own = await oneCustomer(customerId, [job], connection, context);
      decided.push(...own);
      const blocking = own.find(([, fate]) => !isOver(fate));
      if (blocking !== undefined) return [...decided, ...fates(jobs.slice(index + 1), blocking[1])];
    }
    return decided;
  };

  const oneCustomer = async (
    customerId: string,
    jobs: readonly CustomerJob[],
    connection: Connection,
    context: BatchContext,
  ): Promise<Decided> => {
    const recalled = await recallCustomers(new Map([[customerId, jobs]]), connection, context);
    const known = recalled.get(customerId);
    if (known === undefined) return [];
    if ('kind' in known) return fates(jobs, known);
    return upsert(customerId, jobs, connection, context, known);
  };

  return async (jobs, connection, context) => {
    const ordered = jobs.toSorted(compareWords);
    const byCustomer = Map.groupBy(ordered, ({ message }) => message.customer.customerId);
    const recalled = await recallCustomers(byCustomer, connection, context);
    /** Those of one profile take turns: each would find it leased by the other. */
    const byProfile = Map.groupBy([...recalled], ([customerId, known]) =>
      'sight' in known && 'profileId' in known.sight
        ? `profile ${known.sight.profileId}`
        : `customer ${customerId}`,
    );
    const decided: (readonly [string, Fate])[] = [];
    const takeTurns = async (group: readonly [string, KnownCustomer | Fate][]) => {
      for (const [customerId, known] of group) {
        const own = byCustomer.get(customerId) ?? [];
        decided.push(
          ...('kind' in known
            ? fates(own, known)
            : await upsert(customerId, own, connection, context, known)),
        );
      }
    };
    await Promise.all([...byProfile.values()].map(takeTurns));
    return new Map(decided);
  };
};
