/** The list jobs that customer jobs ask for. Being subscribed is a state: repeated, it asks for nothing. */

import type { CustomerUpsert, ListsMessage } from '../../../shared/jobs/contract/messages.ts';
import {
  type Identifier,
  type ProfileCustomer,
  type SubscribeKey,
  subscribeKeys,
} from '../../../shared/people/contract/customer-memory.ts';
import { timeOf } from '../../../shared/people/contract/field-versions.ts';
import { compareSourceTimes } from '../../../shared/people/contract/source-times.ts';
import type { CustomerJob } from './customer-job.ts';

type Channel = 'email' | 'sms';

/** A list job, and the job that says so. */
export interface ListJobOf {
  readonly message: ListsMessage;
  readonly source: Pick<CustomerJob, 'occurredAtMs' | 'aheadMs' | 'happenedByMs'>;
}

/** Klaviyo's names of the addresses by which a channel reaches a person. */
const addressOf = { email: 'email', sms: 'phone_number' } as const satisfies Record<
  Channel,
  Identifier
>;

/** What is known of the customer and the profile, once it is written. */
export interface WrittenCustomer {
  readonly profileId: string;
  readonly customer: ProfileCustomer;
  /** Identifiers that the profile has not got. */
  readonly withheld: readonly Identifier[];
  /** Whether the profile has this identifier. */
  readonly has: (identifier: Identifier, value: string) => boolean;
}

export interface FanOut {
  readonly listJobs: readonly ListJobOf[];
  /** What the customer said last of each channel, once the list jobs are sent. */
  readonly subscribe: ProfileCustomer['subscribe'];
}

/** What a job says of each channel. `true` is about the addresses that the customer is known by. */
const statesOf = (
  { subscribe, customer }: CustomerUpsert,
  { customer: known, withheld }: WrittenCustomer,
): [SubscribeKey, boolean][] => {
  if (subscribe === undefined) return [];
  if (subscribe === false) return subscribeKeys.map((key) => [key, false]);
  const given = { email: customer.email, sms: customer.phoneNumber };
  const channels: Channel[] = ['email', 'sms'];
  const named = Array.isArray(subscribe)
    ? channels.filter((channel) => subscribe.includes(channel))
    : channels.filter((channel) =>
        given[channel] === undefined ? known.identifiers[addressOf[channel]] : given[channel],
      );
  if (named.length === 0) return [['any', true]];
  // The address that was given is another's, or none: so is the consent.
  const sound = named.filter(
    (channel) => !(given[channel] && withheld.includes(addressOf[channel])),
  );
  return sound.map((channel) => [channel, true]);
};

/** By job, the channels that it subscribes: those whose state becomes true, and stays so. */
const becoming = (
  jobs: readonly CustomerJob[],
  written: WrittenCustomer,
): {
  readonly channels: Map<CustomerJob, SubscribeKey[]>;
  readonly subscribe: FanOut['subscribe'];
} => {
  const subscribe = { ...written.customer.subscribe };
  const pending = new Map<SubscribeKey, CustomerJob>();
  for (const job of jobs)
    for (const [key, on] of statesOf(job.message, written)) {
      const before = subscribe[key];
      if (before !== undefined && compareSourceTimes(job, before) < 0) continue;
      if (!on) pending.delete(key);
      else if (before?.on !== true) pending.set(key, job);
      subscribe[key] = { ...timeOf(job), on };
    }
  const channels = new Map<CustomerJob, SubscribeKey[]>();
  for (const [key, job] of pending) channels.set(job, [...(channels.get(job) ?? []), key]);
  return { channels, subscribe };
};

/** Only addresses that are the profile's own: consent must not go to another's. */
const personOf = ({ customer }: CustomerUpsert, { profileId, has }: WrittenCustomer) => ({
  customerId: customer.customerId,
  profileId,
  ...(customer.email && has('email', customer.email) ? { email: customer.email } : {}),
  ...(customer.phoneNumber && has('phone_number', customer.phoneNumber)
    ? { phoneNumber: customer.phoneNumber }
    : {}),
});

const toListJobs = (
  message: CustomerUpsert,
  keys: readonly SubscribeKey[],
  written: WrittenCustomer,
): ListsMessage[] => {
  const { connectionId, dateOfBirth, lists } = message;
  const { join = [], leave = [] } = lists ?? {};
  const job = { connectionId, person: personOf(message, written) };
  const channels = keys.filter((key) => key !== 'any');
  const subscription = {
    ...job,
    type: 'list.subscribe' as const,
    ...(channels.length > 0 ? { channels } : {}),
    ...(dateOfBirth === undefined ? {} : { dateOfBirth }),
  };
  const joining: ListsMessage[] =
    keys.length === 0
      ? join.map((list) => ({ ...job, type: 'list.add', list }))
      : (join.length > 0 ? join : [undefined]).map((list) => ({
          ...subscription,
          ...(list === undefined ? {} : { list }),
        }));
  return [...joining, ...leave.map((list) => ({ ...job, type: 'list.remove' as const, list }))];
};

/**
 * One list job per list joined or left. Where a customer becomes subscribed, joining is subscribing,
 * and without a list the subscription is account-wide; else joining grants no consent.
 */
export const fanOut = (jobs: readonly CustomerJob[], written: WrittenCustomer): FanOut => {
  const { channels, subscribe } = becoming(jobs, written);
  const listJobs = jobs.flatMap((source) =>
    toListJobs(source.message, channels.get(source) ?? [], written).map((message) => ({
      message,
      source,
    })),
  );
  return { listJobs, subscribe };
};
