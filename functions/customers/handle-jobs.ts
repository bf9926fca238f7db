/** Customer jobs into Klaviyo: of each field what was said later, and no more than what is news. */

import { memoryKeyOf } from '../../shared/connections/contract.ts';
import type { Connection } from '../../shared/connections/find-connection.ts';
import type { BatchContext, HandleJobs } from '../../shared/jobs/consume-queue.ts';
import type { CustomersMessage } from '../../shared/jobs/contract/messages.ts';
import { type JobOutcome, outcomeOf } from '../../shared/jobs/outcome.ts';
import type { KlaviyoClient } from '../../shared/klaviyo/index.ts';
import type { ProfileLink } from '../../shared/people/contract/customer-memory.ts';
import { compareSourceTimes } from '../../shared/people/contract/source-times.ts';
import type { SeeProfiles } from '../../shared/people/see-profiles.ts';
import { LeasedError } from './leases.ts';
import { createLinkCustomer } from './link-customer.ts';
import { createRecallCustomers, type KnownCustomer } from './recall-customers.ts';
import { createWriteProfile } from './requests/write-profile.ts';
import type { CustomerJob } from './rules/customer-job.ts';
import { statementsOf } from './rules/statements.ts';
import {
  type CustomerWriteOptions,
  createCustomerWrite,
  type JobOutcomes,
  type Turn,
} from './turn.ts';
import { createWriteLinked } from './write-linked.ts';

export interface HandleCustomerJobsOptions extends Omit<CustomerWriteOptions, 'now'> {
  readonly klaviyo: KlaviyoClient;
  readonly seeProfiles: SeeProfiles;
  /** @default the system's clock */
  readonly now?: () => number;
}

/** For so long whoever has the lease is waited for. */
const leasedWaitMs = 5_000;

const isOver = ({ kind }: JobOutcome): boolean =>
  kind === 'delivered' || kind === 'superseded' || kind === 'refused';

const all = (jobs: readonly CustomerJob[], outcome: JobOutcome): [string, JobOutcome][] =>
  jobs.map(({ id }) => [id, outcome]);

const customerOutcomeOf = (error: unknown): JobOutcome =>
  error instanceof LeasedError
    ? { kind: 'later', waitMs: leasedWaitMs, reason: 'leased' }
    : outcomeOf(error);

/**
 * The consumer of `customers`. The jobs of one customer merge into one write; a job of which
 * everything is older than what was applied is superseded, and so is one that would change nothing.
 */
export const createHandleCustomerJobs = ({
  klaviyo,
  seeProfiles,
  now = Date.now,
  ...options
}: HandleCustomerJobsOptions): HandleJobs<CustomersMessage, Connection> => {
  const write = createCustomerWrite({ ...options, now });
  const writeLinked = createWriteLinked(write);
  const linkCustomer = createLinkCustomer(write);
  const recallCustomers = createRecallCustomers({ ...options, seeProfiles, now });

  const apply = async (turn: Turn, profile: ProfileLink | undefined): Promise<JobOutcomes> => {
    const { link, sight } = turn;
    if (sight.kind !== 'alive' || sight.profileId !== link.profileId) return linkCustomer(turn);
    const outcomes = await writeLinked(turn, sight.profileId, profile);
    return outcomes === 'gone' ? linkCustomer({ ...turn, sight: { kind: 'gone' } }) : outcomes;
  };

  const upsert = async (
    customerId: string,
    jobs: readonly CustomerJob[],
    connection: Connection,
    context: BatchContext,
    known: KnownCustomer,
  ): Promise<JobOutcomes> => {
    const { settings } = connection;
    const returning = jobs.some(({ receiveCount }) => receiveCount > 1);
    const turn = {
      connectionId: settings.connectionId,
      memoryKey: memoryKeyOf(settings),
      stated: statementsOf(customerId, jobs),
      link: known.link,
      sight: known.sight,
      klaviyo: connection.klaviyo,
      profiles: createWriteProfile(klaviyo, connection.klaviyo, { ...context, returning }),
    };
    try {
      return await apply(turn, known.profile);
    } catch (error) {
      const outcome = customerOutcomeOf(error);
      if (outcome.kind !== 'refused' || jobs.length === 1) return all(jobs, outcome);
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
  ): Promise<JobOutcomes> => {
    const outcomes: (readonly [string, JobOutcome])[] = [];
    for (const [index, job] of jobs.entries()) {
      const own = await oneCustomer(customerId, [job], connection, context);
      outcomes.push(...own);
      const blocking = own.find(([, outcome]) => !isOver(outcome));
      if (blocking !== undefined) return [...outcomes, ...all(jobs.slice(index + 1), blocking[1])];
    }
    return outcomes;
  };

  const oneCustomer = async (
    customerId: string,
    jobs: readonly CustomerJob[],
    connection: Connection,
    context: BatchContext,
  ): Promise<JobOutcomes> => {
    const recalled = await recallCustomers(new Map([[customerId, jobs]]), connection, context);
    const known = recalled.get(customerId);
    if (known === undefined) return [];
    if ('kind' in known) return all(jobs, known);
    return upsert(customerId, jobs, connection, context, known);
  };

  return async (jobs, connection, context) => {
    const ordered = jobs.toSorted(compareSourceTimes);
    const byCustomer = Map.groupBy(ordered, ({ message }) => message.customer.customerId);
    const recalled = await recallCustomers(byCustomer, connection, context);
    /** Those of one profile take turns: each would find it leased by the other. */
    const byProfile = Map.groupBy([...recalled], ([customerId, known]) =>
      'sight' in known && 'profileId' in known.sight
        ? `profile ${known.sight.profileId}`
        : `customer ${customerId}`,
    );
    const outcomes: (readonly [string, JobOutcome])[] = [];
    const takeTurns = async (group: readonly [string, KnownCustomer | JobOutcome][]) => {
      for (const [customerId, known] of group) {
        const own = byCustomer.get(customerId) ?? [];
        outcomes.push(
          ...('kind' in known
            ? all(own, known)
            : await upsert(customerId, own, connection, context, known)),
        );
      }
    };
    await Promise.all([...byProfile.values()].map(takeTurns));
    return new Map(outcomes);
  };
};
