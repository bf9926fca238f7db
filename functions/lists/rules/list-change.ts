/** What one job says of one list: of the membership, or of the consent on one channel. */

import type { ListsMessage } from '../../../shared/jobs/contract/messages.ts';
import type { Job } from '../../../shared/jobs/job.ts';
import type { Profile } from '../../../shared/klaviyo/index.ts';
import type { ListDecision } from '../../../shared/people/contract/list-decisions.ts';
import { type SourceTime, sourceTimeOf } from '../../../shared/people/contract/source-times.ts';
import { linkKeys } from '../../../shared/platform/contract/tables.ts';

export type ListJob = Job<ListsMessage>;

export const channels = ['email', 'sms'] as const;
export type Channel = (typeof channels)[number];

export interface Address {
  readonly value: string;
  /** The profile that it is known to belong to. */
  readonly profileId?: string | undefined;
  /** That profile, where Klaviyo was asked for it. */
  readonly profile?: Profile | undefined;
}

/** A person as far as known: from the job, from links, from Klaviyo. */
export interface Person {
  readonly profileId?: string | undefined;
  /** Whether a link led to that profile: it may be gone by now. */
  readonly isLinked?: boolean | undefined;
  readonly email?: Address | undefined;
  readonly sms?: Address | undefined;
}

/**
 * `list`: only who is on the list is unsubscribed, from it. `everywhere`: everyone, from everything.
 * `membership`: members are taken off the list, and their consent is left alone.
 */
type Scope = 'list' | 'everywhere' | 'membership';

export interface ListChange extends Pick<ListDecision, 'kind' | 'on' | 'occurredAtMs' | 'aheadMs'> {
  readonly job: ListJob;
  readonly person: Person;
  /** Left out: account-wide. */
  readonly listId: string | undefined;
  /** How far an unsubscription reaches, `everywhere` where it names no list; `list` for all else. */
  readonly scope: Scope;
  /** The items under which the decisions about this person and channel are kept. */
  readonly keys: readonly string[];
}

/** Whether a job is about a consent, and not about a membership alone. */
export const isOfConsent = ({ message: { type } }: ListJob): boolean =>
  type === 'list.subscribe' || type === 'list.unsubscribe';

/** The channels that a job means, as far as it says; else those that its person has. */
export const namedChannels = ({ message }: ListJob): readonly Channel[] | undefined => {
  if (message.type === 'list.add' || message.type === 'list.remove') return [];
  if (message.channels !== undefined) return message.channels;
  const { email, phoneNumber } = message.person;
  const carried = channels.filter(
    (channel) => (channel === 'email' ? email : phoneNumber) !== undefined,
  );
  return carried.length > 0 ? carried : undefined;
};

/**
 * Whether a job is of no use without a profile in Klaviyo. Subscribing to a list makes one, and so
 * does a historical import; an account-wide subscription of somebody unknown would go nowhere.
 */
export const needsProfile = ({ message }: ListJob): boolean =>
  message.type === 'list.add' ||
  message.type === 'list.remove' ||
  (message.type === 'list.subscribe' &&
    message.list === undefined &&
    message.historicalImport !== true);

const addressKey = (memoryKey: string, channel: Channel, address: string): string =>
  channel === 'email' ? linkKeys.email(memoryKey, address) : linkKeys.phone(memoryKey, address);

const profileKey = (memoryKey: string, profileId: string): string =>
  linkKeys.decisions(linkKeys.profile(memoryKey, profileId));

/**
 * Membership belongs to a profile: its decisions are kept under the profile, which every such job has
 * to know; and under the addresses that the job names, where the consents are that were decided
 * when nobody knew yet whose address it is.
 */
const membershipKeys = (memoryKey: string, profileId: string, person: Person): string[] => [
  profileKey(memoryKey, profileId),
  ...channels.flatMap((channel) => {
    const value = person[channel]?.value;
    return value === undefined ? [] : linkKeys.decisions(addressKey(memoryKey, channel, value));
  }),
];

/**
 * Consent belongs to an address: its decisions are kept under the address, which every job about that
 * consent knows. They are kept under the profile as well, where one is known: there they meet the
 * decisions about the membership, and those under an address that the profile had before.
 */
const consentKeys = (
  memoryKey: string,
  channel: Channel,
  address: Address,
  profileId: string | undefined,
): string[] => [
  linkKeys.decisions(addressKey(memoryKey, channel, address.value)),
  ...(profileId === undefined ? [] : [profileKey(memoryKey, profileId)]),
];

/** The profile of the person as far as the change is concerned: an address's own, where it has one. */
export const ownerOf = (kind: ListDecision['kind'], person: Person): string | undefined =>
  (kind === 'membership' ? undefined : person[kind]?.profileId) ?? person.profileId;

/** When a person said so: of history, when they did then. */
const sourceTimeOfJob = ({
  message,
  occurredAtMs,
  aheadMs,
  firstSentAtMs,
}: ListJob): SourceTime => {
  if (message.type !== 'list.subscribe' || message.consentedAt === undefined)
    return { occurredAtMs, aheadMs };
  const consented = sourceTimeOf(Date.parse(message.consentedAt), firstSentAtMs);
  return { occurredAtMs: consented.occurredAtMs, aheadMs: consented.aheadMs };
};

const scopeOf = ({ message }: ListJob): Scope => {
  if (message.type !== 'list.unsubscribe') return 'list';
  return message.scope ?? (message.list === undefined ? 'everywhere' : 'list');
};

/** The changes that a job asks for: one, or one for each channel whose address is known. */
export const toListChanges = (
  memoryKey: string,
  job: ListJob,
  listId: string | undefined,
  person: Person,
): ListChange[] => {
  const { message } = job;
  const { profileId } = person;
  const on = message.type === 'list.add' || message.type === 'list.subscribe';
  const common = { job, person, listId, on, scope: scopeOf(job), ...sourceTimeOfJob(job) };
  if (needsProfile(job) && profileId === undefined) return [];
  if (message.type === 'list.add' || message.type === 'list.remove') {
    const keys = membershipKeys(memoryKey, profileId ?? '', person);
    return [{ ...common, kind: 'membership', keys }];
  }
  return (namedChannels(job) ?? channels).flatMap((channel) => {
    const address = person[channel];
    if (address === undefined) return [];
    const keys = consentKeys(memoryKey, channel, address, ownerOf(channel, person));
    return [{ ...common, kind: channel, keys }];
  });
};
