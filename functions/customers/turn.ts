/** One customer's turn: what is known, and the steps that every write has in common. */

import { delivered, type JobOutcome } from '../../shared/jobs/outcome.ts';
import type { KlaviyoConnection } from '../../shared/klaviyo/index.ts';
import type {
  Addresses,
  CustomerLink,
  CustomerMemory,
  ProfileLink,
  WithheldSince,
} from '../../shared/people/contract/customer-memory.ts';
import type { TellWithheld, WithheldIdentifier } from '../../shared/people/tell-withheld.ts';
import type { WriteProfile } from './requests/write-profile.ts';
import type { ListJobOf } from './rules/list-jobs.ts';
import type { CustomerStatements } from './rules/statements.ts';
import { isKnown, stillWithheld } from './rules/withheld.ts';
import { toMemory, type Written } from './rules/written-memory.ts';

export interface CustomerWriteOptions {
  readonly memory: CustomerMemory;
  /** Sends list jobs; throws where any of them did not get through. */
  readonly sendListJobs: (jobs: readonly ListJobOf[]) => Promise<void>;
  readonly tellWithheld: TellWithheld;
  readonly now: () => number;
}

/** What is known of the profile to be written, before anything is. */
export type Sight =
  | { readonly kind: 'none' | 'gone' }
  /** `merged`: it is what the linked one went into. */
  | { readonly kind: 'alive' | 'merged'; readonly profileId: string };

/** One customer's turn. */
export interface Turn {
  readonly connectionId: string;
  readonly memoryKey: string;
  readonly stated: CustomerStatements;
  readonly link: CustomerLink;
  readonly sight: Sight;
  readonly klaviyo: KlaviyoConnection;
  readonly profiles: WriteProfile;
}

/** What became of the jobs. */
export type JobOutcomes = readonly (readonly [jobId: string, JobOutcome])[];

export const outcomesOf = ({ stated }: Turn, { order }: Written, isWritten: boolean): JobOutcomes =>
  stated.jobs.map(({ id }, index) => {
    const statement = stated.statements[index];
    const isOutdated = statement !== undefined && order.isOutdated(statement);
    if (isOutdated) return [id, { kind: 'superseded', by: 'newer' }];
    return [id, isWritten ? delivered : { kind: 'superseded', by: 'same_content' }];
  });

/** The addresses of the customer's that the profile has now. */
export const addressesOf = ({ stated }: Turn, { order, result }: Written): Addresses => {
  const withheld = result.withheld.map(({ identifier }) => identifier);
  const last = (name: 'email' | 'phone_number') =>
    stated.statements.findLast(({ attributes }) => attributes[name])?.attributes[name] ?? undefined;
  const has = (name: 'email' | 'phone_number') => {
    const value = last(name);
    return value !== undefined && order.has(name, value, withheld) ? value : undefined;
  };
  return { email: has('email'), phoneNumber: has('phone_number') };
};

export interface ListJobsSent {
  readonly memory: ProfileLink;
  readonly isSubscribed: boolean;
  /** List jobs that were not sent: to be thrown once the rest is remembered. */
  readonly failure?: unknown;
}

export const createCustomerWrite = (options: CustomerWriteOptions) => {
  const { sendListJobs, tellWithheld, now } = options;
  return {
    ...options,

    /**
     * Sends the list jobs before it is remembered that they were sent: what comes back after a
     * crash sends them again.
     */
    async sendLists({ stated }: Turn, written: Written): Promise<ListJobsSent> {
      const { listJobs, subscribe, memory } = toMemory(stated, written, now());
      const isSubscribed = listJobs.some(({ message }) => message.type === 'list.subscribe');
      try {
        if (listJobs.length > 0) await sendListJobs(listJobs);
        return { memory: memory(subscribe), isSubscribed };
      } catch (failure) {
        const before = written.link.customers.find((one) => one.customerId === stated.customerId);
        return { memory: memory(before?.subscribe ?? {}), isSubscribed, failure };
      }
    },

    /** Tells what was left out; resolves to what is withheld from now on. */
    withhold({ connectionId, stated, link }: Turn, { order, result }: Written): WithheldSince[] {
      const before = link.withheld ?? [];
      const reserved = order.reserved.map(
        (identifier): WithheldIdentifier => ({ identifier, reason: 'taken' }),
      );
      const unreadable: WithheldIdentifier[] = stated.hasUnreadablePhone
        ? [{ identifier: 'phone_number', reason: 'unreadable' }]
        : [];
      // A shared profile keeps its external id for good: once is enough to say so.
      const news = reserved.filter((one) => !isKnown(before, one));
      const from = {
        connectionId,
        messageId: stated.jobs.at(-1)?.id,
        customerId: stated.customerId,
      };
      tellWithheld(from, [...result.withheld, ...unreadable, ...news]);
      return stillWithheld(before, [...result.withheld, ...unreadable, ...reserved], stated, now());
    },
  };
};

export type CustomerWrite = ReturnType<typeof createCustomerWrite>;
