import { type Account, type SeedProfile, seedProfile } from './state/account.ts';
import { confirmOptIn } from './state/consent.ts';
import type { RecordedEvent } from './state/event-store.ts';
import type { List, SeedList } from './state/list-store.ts';
import type { Channel, Consent, Identifiers, Profile, ProfileWrite } from './state/profile.ts';

/** A profile as tests and demos look at it. */
interface ProfileSnapshot extends Identifiers {
  readonly id: string;
  /** Scalars such as `first_name`, without the identifiers. */
  readonly fields: Readonly<Record<string, unknown>>;
  readonly location: Readonly<Record<string, unknown>>;
  readonly properties: Readonly<Record<string, unknown>>;
  readonly updatedAtMs: number;
  /** Names of the lists that it is on. */
  readonly lists: readonly string[];
  readonly consent: Readonly<Record<Channel, Consent['state']>>;
}

/** One account of the simulator, from inside: no HTTP, no limits. */
export interface SimulatedAccount {
  readonly id: string;
  /** Seeds lists; returns their ids. */
  seedLists(lists: readonly SeedList[]): string[];
  /** Seeds profiles as if they had long been there; returns their ids. */
  seedProfiles(profiles: readonly SeedProfile[]): string[];
  /** Somebody changes a profile in Klaviyo, now or (for the index) at another time. */
  changeProfile(id: string, write: ProfileWrite, atMs?: number): void;
  deleteProfile(id: string): void;
  /** Klaviyo merges two profiles: the first id keeps resolving to the second. */
  mergeProfiles(fromId: string, intoId: string): void;
  /** The person follows the link of the double opt-in mail. Says whether there was one. */
  confirmOptIn(profileId: string): boolean;
  /** What has been processed by now. */
  profiles(): ProfileSnapshot[];
  profile(id: string): ProfileSnapshot | undefined;
  lists(): readonly List[];
  /** Ids of the profiles on a list. */
  members(listId: string): string[];
  events(): readonly RecordedEvent[];
  /** Does all work that is under way at once, whatever its delay. */
  settle(): void;
}

const known = (account: Account, id: string): Profile => {
  const profile = account.profiles.get(id);
  if (!profile) throw new Error(`no profile ${id} in the simulated account ${account.id}`);
  return profile;
};

const snapshot = (account: Account, profile: Profile): ProfileSnapshot => ({
  ...profile.identifiers,
  id: profile.id,
  fields: profile.fields,
  location: profile.location,
  properties: profile.properties,
  updatedAtMs: Math.floor(profile.updatedMicros / 1000),
  lists: account.lists.of(profile.id).map(({ name }) => name),
  consent: { email: profile.consent.email.state, sms: profile.consent.sms.state },
});

/** The account as it is now: `current` gives the one that a reset has made. */
export const inspectAccount = (current: () => Account): SimulatedAccount => {
  const settled = (): Account => {
    const account = current();
    account.settle();
    return account;
  };
  return {
    id: current().id,
    seedLists: (lists) => lists.map((list) => current().lists.create(list).id),
    seedProfiles: (profiles) => profiles.map((profile) => seedProfile(current(), profile).id),
    changeProfile: (id, write, atMs) => {
      const { profiles } = settled();
      const profile = known(current(), id);
      profiles.update(profile, write);
      if (atMs !== undefined) profiles.touch(profile, atMs);
    },
    deleteProfile: (id) => settled().profiles.remove(known(current(), id)),
    mergeProfiles: (fromId, intoId) =>
      settled().profiles.merge(known(current(), fromId), known(current(), intoId)),
    confirmOptIn: (profileId) => confirmOptIn(settled(), profileId),
    profiles: () => [...settled().profiles.all()].map((profile) => snapshot(current(), profile)),
    profile: (id) => {
      const profile = settled().profiles.get(id);
      return profile && snapshot(current(), profile);
    },
    lists: () => settled().lists.all(),
    members: (listId) => [...(settled().lists.get(listId)?.members.keys() ?? [])],
    events: () => settled().events.all(),
    settle: () => current().settle(Number.POSITIVE_INFINITY),
  };
};
