/** What the jobs of one customer say together. */
import { type Identifier, identifiers } from '../../../shared/people/contract/customer-memory.ts';
import type { CustomerJob } from './customer-job.ts';
import type { Statement } from './field-order.ts';
import { toProfileAttributes } from './profile-mapping.ts';

export interface CustomerStatements {
  readonly customerId: string;
  /** In the order in which they were said. */
  readonly jobs: readonly CustomerJob[];
  /** What each of the jobs says, in the same order. */
  readonly statements: readonly Statement[];
  /** The profile that the source names, if it does. */
  readonly profileId: string | undefined;
  /** Identifiers that a job says anything about, be it `null`. */
  readonly mentioned: ReadonlySet<Identifier>;
  /** A phone number was given that can be none. */
  readonly hasUnreadablePhone: boolean;
}

const hasUnreadablePhone = ({ message: { customer } }: CustomerJob): boolean =>
  customer.unusable !== undefined;

export const statementsOf = (
  customerId: string,
  jobs: readonly CustomerJob[],
): CustomerStatements => {
  const statements = jobs.map((job) => ({
    attributes: toProfileAttributes(job.message.customer),
    time: job,
  }));
  const naming = jobs.findLast(({ message }) => message.customer.profileId !== undefined);
  const isMentioned = (name: Identifier) =>
    statements.some(({ attributes }) => attributes[name] !== undefined);
  return {
    customerId,
    jobs,
    statements,
    profileId: naming?.message.customer.profileId,
    mentioned: new Set(identifiers.filter(isMentioned)),
    hasUnreadablePhone: jobs.some(hasUnreadablePhone),
  };
};
