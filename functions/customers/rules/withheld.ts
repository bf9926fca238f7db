/** Which identifiers of a customer the profile lacks, and since when. */
import type { WithheldSince } from '../../../shared/people/contract/customer-memory.ts';
import type { WithheldIdentifier } from '../../../shared/people/tell-withheld.ts';
import type { CustomerStatements } from './statements.ts';

const isSameAs = (one: WithheldIdentifier) => (other: WithheldIdentifier) =>
  one.identifier === other.identifier && one.reason === other.reason;

/** What was withheld before stays so as long as no job mentions the identifier again. */
export const stillWithheld = (
  before: readonly WithheldSince[],
  now: readonly WithheldIdentifier[],
  { mentioned, hasUnreadablePhone }: CustomerStatements,
  nowMs: number,
): WithheldSince[] => {
  const isOpen = ({ identifier }: WithheldSince) =>
    !mentioned.has(identifier) && !(hasUnreadablePhone && identifier === 'phone_number');
  return [
    ...before.filter(isOpen),
    ...now.map((one) => before.find(isSameAs(one)) ?? { ...one, sinceMs: nowMs }),
  ];
};

export const isKnown = (before: readonly WithheldSince[], one: WithheldIdentifier): boolean =>
  before.some(isSameAs(one));

export const areSame = (one: readonly WithheldSince[], other: readonly WithheldSince[]): boolean =>
  one.length === other.length && one.every((entry) => other.some(isSameAs(entry)));
