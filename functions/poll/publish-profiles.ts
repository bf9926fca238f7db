/** From a page of profiles to messages on `inbound`: each change once, and no echo. */
import { type ConnectionSettings, memoryKeyOf } from '../../shared/connections/contract.ts';
import type { OutgoingMessage } from '../../shared/jobs/outgoing-messages.ts';
import type { Profile } from '../../shared/klaviyo/index.ts';
import { fieldsKnown, fieldsShown } from '../../shared/people/contract/known-fields.ts';
import type {
  ProfileMemory,
  PublishedNow,
  RememberedProfile,
} from '../../shared/people/contract/profile-memory.ts';
import { PassingError } from '../../shared/platform/passing-error.ts';
import type { MatchCustomers } from './match-customer.ts';
import {
  bodyOf,
  type ChangedProfile,
  toCustomerChanged,
  updatedMsOf,
} from './rules/to-customer-changed.ts';

export interface PublishProfilesOptions {
  readonly memory: ProfileMemory;
  readonly matchCustomers: MatchCustomers;
  /** Sends; resolves to the indices of the messages that did not get through. */
  readonly publish: (messages: readonly OutgoingMessage[]) => Promise<ReadonlySet<number>>;
}

export interface Tally {
  readonly published: number;
  /** Told before, in this very state. */
  readonly skipped: number;
  /** Nothing in them but what the other system has sent itself. */
  readonly echoes: number;
}

interface Seen extends ChangedProfile {
  readonly remembered: RememberedProfile;
}

type News = 'change' | 'told' | 'echo';

const newsOf = ({ fields, updatedMs, remembered: { published, fieldsSent } }: Seen): News => {
  const told = published && { fields: published.fieldsTold, updatedMs: published.updatedMs };
  const known = fieldsKnown(told, fieldsSent, { fields, updatedMs });
  if (known !== fields || (published === undefined && fieldsSent === undefined)) return 'change';
  return told?.fields === fields ? 'told' : 'echo';
};

export interface PublishRequest {
  readonly settings: ConnectionSettings;
  readonly profiles: readonly Profile[];
  /** Epoch milliseconds that stand in for the `updated` that a profile does not show. */
  readonly asOfMs: number;
  /** A person asked for them: they are published whether or not they have changed. */
  readonly unconditionally?: boolean;
}

export type PublishProfiles = (request: PublishRequest) => Promise<Tally>;

/**
 * Publishes what the other system does not know yet, then remembers it: in this order, so that a
 * crash repeats messages and loses none.
 * @throws PassingError when messages did not get through; those that did are remembered.
 */
export const createPublishProfiles = ({
  memory,
  matchCustomers,
  publish,
}: PublishProfilesOptions): PublishProfiles => {
  const look = async (
    settings: ConnectionSettings,
    profiles: readonly Profile[],
    asOfMs: number,
  ): Promise<Seen[]> => {
    const unique = [...new Map(profiles.map((profile) => [profile.id, profile])).values()];
    const recalled = await memory.recall(
      memoryKeyOf(settings),
      unique.map(({ id }) => id),
    );
    return unique.map((profile) => ({
      profile,
      updatedMs: updatedMsOf(profile, asOfMs),
      fields: fieldsShown(profile.attributes, settings.accountId),
      remembered: recalled.get(profile.id) ?? {},
    }));
  };

  /** Sends the changes; resolves to those that got through. */
  const send = async (settings: ConnectionSettings, changes: readonly Seen[]): Promise<Seen[]> => {
    if (changes.length === 0) return [];
    const { connectionId, poll } = settings;
    const memoryKey = memoryKeyOf(settings);
    const matches = await matchCustomers(
      memoryKey,
      changes.map(({ profile, remembered: { customerIds = [] } }) => ({ profile, customerIds })),
    );
    const failed = await publish(
      changes.map((change) => ({
        body: bodyOf(
          toCustomerChanged(connectionId, change, matches.get(change.profile.id) ?? null),
        ),
        groupId: connectionId,
      })),
    );
    const sent = changes.filter((_, index) => !failed.has(index));
    if (poll.autoLink)
      for (const { profile } of sent) {
        const match = matches.get(profile.id);
        if (match !== undefined && match.by !== 'link')
          await memory.link(memoryKey, match.customerId, profile, match.by);
      }
    return sent;
  };

  return async ({ settings, profiles, asOfMs, unconditionally = false }) => {
    if (profiles.length === 0) return { published: 0, skipped: 0, echoes: 0 };
    const memoryKey = memoryKeyOf(settings);
    const seen = await look(settings, profiles, asOfMs);
    const byNews = Map.groupBy(seen, (one) => (unconditionally ? 'change' : newsOf(one)));
    const { change: changes = [], echo: echoes = [], told = [] } = Object.fromEntries(byNews);
    const sent = await send(settings, changes);
    await memory.remember(memoryKey, [...sent, ...echoes.filter(isAgeing)].map(toPublishedNow));
    if (sent.length < changes.length)
      throw new PassingError(`${changes.length - sent.length} messages were not published`);
    return { published: sent.length, skipped: told.length, echoes: echoes.length };
  };
};

/** It was told while it was nobody's, and would be forgotten. */
const isAgeing = (seen: Seen): boolean =>
  isLinked(seen) && seen.remembered.published?.expiresAt !== undefined;

const isLinked = ({ remembered: { customerIds = [] } }: Seen): boolean => customerIds.length > 0;

const toPublishedNow = (seen: Seen): PublishedNow => ({
  profileId: seen.profile.id,
  updatedMs: seen.updatedMs,
  fields: seen.fields,
  linked: isLinked(seen),
});
