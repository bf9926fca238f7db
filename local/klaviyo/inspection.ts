import { type Account, type SeedProfile, seedProfile } from './state/account.ts';
import { confirmOptIn } from './state/consent.ts';
import type { RecordedEvent } from './state/event-store.ts';
import type { List, SeedList } from './state/list-store.ts';
import {
  type OptIn,
  type OptOut,
  optIn,
  optOut,
  type Suppression,
  suppress,
  unsuppress,
} from './state/opt-out.ts';
import {
  type Channel,
  type Consent,
  type Identifiers,
  kxOf,
  type Profile,
  type ProfileWrite,
  type SuppressionReason,
} from './state/profile.ts';
import { deleteProfile, mergeProfiles } from './state/removal.ts';
import type { AccountSettings } from './state/settings.ts';

/** A profile as tests and demos look at it. */
interface ProfileSnapshot extends Identifiers {
  readonly id: string;
  /** The `_kx` under which a browser knows it. */
  readonly kx: string;
  /** Scalars such as `first_name`, without the identifiers. */
  readonly fields: Readonly<Record<string, unknown>>;
  readonly location: Readonly<Record<string, unknown>>;
  readonly properties: Readonly<Record<string, unknown>>;
  readonly updatedAtMs: number;
  /** Names of the lists that it is on. */
  readonly lists: readonly string[];
  readonly consent: Readonly<Record<Channel, Consent['state']>>;
  /** The same with times and sources. */
  readonly consents: Readonly<Record<Channel, Readonly<Consent>>>;
  /** Why no mail is sent to it, and since when. */
  readonly suppressions: readonly { readonly reason: SuppressionReason; readonly atMs: number }[];
  /** The lists that the person has left by unsubscribing. */
  readonly listSuppressions: readonly { readonly listId: string; readonly atMs: number }[];
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
  /** Deletes a profile with its events and memberships. */
  deleteProfile(id: string): void;
  /** Klaviyo merges two profiles: the first id keeps resolving to the second. */
  mergeProfiles(fromId: string, intoId: string): void;
  /** The person subscribes in Klaviyo, now or at another time. */
  optIn(id: string, word?: OptIn): void;
  /** The person unsubscribes in Klaviyo: everywhere, or from one list. */
  optOut(id: string, word?: OptOut): void;
  /** Mail to the profile is stopped in Klaviyo, without a change of its consent. */
  suppress(id: string, why?: Suppression): void;
  unsuppress(id: string, reason: SuppressionReason): void;
  /** Changes how the account behaves from now on. */
  configure(settings: Partial<AccountSettings>): void;
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
  processPending(): void;
}

const known = (account: Account, id: string): Profile => {
  const profile = account.profiles.get(id);
  if (!profile) throw new Error(`no profile ${id} in the simulated account ${account.id}`);
  return profile;
};

const snapshot = (account: Account, profile: Profile): ProfileSnapshot => ({
  ...profile.identifiers,
  id: profile.id,
  kx: kxOf(profile.id),
  fields: profile.fields,
  location: profile.location,
  properties: profile.properties,
  updatedAtMs: Math.floor(profile.updatedMicros / 1000),
  lists: account.lists.of(profile.id).map(({ name }) => name),
  consent: { email: profile.consent.email.state, sms: profile.consent.sms.state },
  consents: { email: profile.consent.email, sms: profile.consent.sms },
  suppressions: profile.suppressions,
  listSuppressions: profile.listSuppressions,
});

/** The account as it is now: `current` gives the one that a reset has made. */
export const inspectAccount = (current: () => Account): SimulatedAccount => {
  const upToDate = (): Account => {
    const account = current();
    account.processPending();
    return account;
  };
  return {
    id: current().id,
    seedLists: (lists) => lists.map((list) => current().lists.create(list).id),
    seedProfiles: (profiles) => profiles.map((profile) => seedProfile(current(), profile).id),
    changeProfile: (id, write, atMs) => {
      const { profiles } = upToDate();
      const profile = known(current(), id);
      profiles.update(profile, write);
      if (atMs !== undefined) profiles.touch(profile, atMs);
    },
    deleteProfile: (id) => deleteProfile(upToDate(), known(current(), id)),
    mergeProfiles: (fromId, intoId) =>
      mergeProfiles(upToDate(), known(current(), fromId), known(current(), intoId)),
    optIn: (id, word) => optIn(upToDate(), known(current(), id), word),
    optOut: (id, word) => optOut(upToDate(), known(current(), id), word),
    suppress: (id, why) => suppress(upToDate(), known(current(), id), why),
    unsuppress: (id, reason) => unsuppress(upToDate(), known(current(), id), reason),
    configure: (settings) => {
      Object.assign(current().settings, settings);
    },
    confirmOptIn: (profileId) => confirmOptIn(upToDate(), profileId),
    profiles: () => [...upToDate().profiles.all()].map((profile) => snapshot(current(), profile)),
    profile: (id) => {
      const profile = upToDate().profiles.get(id);
      return profile && snapshot(current(), profile);
    },
    lists: () => upToDate().lists.all(),
    members: (listId) => [...(upToDate().lists.get(listId)?.members.keys() ?? [])],
    events: () => upToDate().events.all(),
    processPending: () => current().processPending(Number.POSITIVE_INFINITY),
  };
};
