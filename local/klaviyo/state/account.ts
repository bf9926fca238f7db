import type { Random } from '../random.ts';
import { noteConsent } from './derived-properties.ts';
import { createEventStore, type EventStore } from './event-store.ts';
import { createListStore, type List, type ListStore, type SeedList } from './list-store.ts';
import { createPendingWork } from './pending-work.ts';
import type { Channel, ProfileWrite } from './profile.ts';
import { createProfileStore, type ProfileStore } from './profile-store.ts';
import { type AccountSettings, initialSettings } from './settings.ts';

interface PrivateKey {
  readonly key: string;
  /** @default every scope */
  readonly scopes?: readonly string[];
}

export interface SeedProfile {
  /** Attributes as on the wire: `{ email, first_name, properties, … }`. */
  readonly attributes: ProfileWrite;
  readonly id?: string;
  /** @default now */
  readonly updatedAtMs?: number;
  /** Ids of the lists that the profile is on. */
  readonly lists?: readonly string[];
  readonly subscribed?: readonly Channel[];
}

export interface AccountOptions extends Partial<AccountSettings> {
  /** Also the public API key. @default six letters and digits */
  readonly id?: string;
  /** @default 'Simulated Shop' */
  readonly name?: string;
  readonly privateKeys?: readonly PrivateKey[];
  /** What holds where a subscribe request names no list. @default single_opt_in */
  readonly defaultOptIn?: List['optIn'];
  /** Calling codes (`+1`) with a sending number; all others cannot get SMS. @default all */
  readonly smsCallingCodes?: readonly string[];
  readonly lists?: readonly SeedList[];
  readonly profiles?: readonly SeedProfile[];
}

/** How long the simulated Klaviyo takes for what it does after it has answered. */
export interface Delays {
  readonly subscriptionMs: number;
  readonly eventMs: number;
  /** Bulk imports, suppressions in bulk, merges and deletions. */
  readonly jobMs: number;
  /** A change may be up to this late in filters and sorting by `updated`. */
  readonly visibilityMs: number;
}

export interface Account {
  readonly id: string;
  readonly name: string;
  readonly privateKeys: readonly PrivateKey[];
  readonly defaultOptIn: List['optIn'];
  readonly smsCallingCodes: readonly string[] | undefined;
  readonly profiles: ProfileStore;
  readonly lists: ListStore;
  readonly events: EventStore;
  readonly random: Random;
  readonly delays: Delays;
  readonly settings: AccountSettings;
  nowMs(): number;
  /** Does `work` after the delay, when the account is next looked at. */
  later(delayMs: number, work: () => void): void;
  /** Does the work that is due; with `Infinity`, all of it. */
  processPending(untilMs?: number): void;
  /** How much work is not due yet. */
  pendingCount(): number;
}

/** Puts profiles into an account, as if they had always been there. */
export const seedProfile = (account: Account, seed: SeedProfile) => {
  const { attributes, id, updatedAtMs = account.nowMs(), lists = [], subscribed = [] } = seed;
  const identity = id === undefined ? {} : { id };
  const profile = account.profiles.create(attributes, { ...identity, atMs: updatedAtMs });
  for (const listId of lists) {
    const list = account.lists.get(listId);
    if (!list) throw new Error(`no list ${listId} to seed a profile into`);
    account.lists.join(list, profile.id);
  }
  for (const channel of subscribed) {
    const atMs = updatedAtMs;
    profile.consent[channel] = { state: 'SUBSCRIBED', givenAtMs: atMs, changedAtMs: atMs };
    noteConsent(profile, atMs);
  }
  return profile;
};

/** One simulated Klaviyo account with all it holds. */
export const createAccount = (
  options: AccountOptions,
  services: { random: Random; nowMs: () => number; delays: Delays },
): Account => {
  const { random, delays } = services;
  const pending = createPendingWork();
  let asOfMs: number | undefined;
  const nowMs = () => asOfMs ?? services.nowMs();
  /** What is done once somebody looks is dated by when it was due. */
  const doneAt = (dueMs: number, work: () => void) => () => {
    asOfMs = Math.min(dueMs, services.nowMs());
    try {
      work();
    } finally {
      asOfMs = undefined;
    }
  };
  const later = (delayMs: number, work: () => void): void => {
    const dueMs = nowMs() + delayMs;
    if (delayMs <= 0) work();
    else pending.at(dueMs, doneAt(dueMs, work));
  };
  const whenIndexed = (index: () => void) => later(random.next() * delays.visibilityMs, index);
  const account: Account = {
    id: options.id ?? random.shortId(),
    name: options.name ?? 'Simulated Shop',
    privateKeys: options.privateKeys ?? [],
    defaultOptIn: options.defaultOptIn ?? 'single_opt_in',
    smsCallingCodes: options.smsCallingCodes,
    profiles: createProfileStore({ random, nowMs, whenIndexed }),
    lists: createListStore(random, nowMs),
    events: createEventStore(random, nowMs),
    random,
    delays,
    settings: initialSettings(options),
    nowMs,
    later,
    processPending: (untilMs = nowMs()) => pending.processUntil(untilMs),
    pendingCount: () => pending.size,
  };
  for (const list of options.lists ?? []) account.lists.create(list);
  for (const profile of options.profiles ?? []) seedProfile(account, profile);
  pending.processUntil(Number.POSITIVE_INFINITY);
  return account;
};
