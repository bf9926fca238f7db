/** What people do about their consent in Klaviyo itself: no call of the API is behind it. */
import type { Account } from './account.ts';
import { noteConsent } from './derived-properties.ts';
import type { Channel, Profile, SuppressionReason } from './profile.ts';

interface Word {
  /** @default email */
  readonly channel?: Channel | undefined;
  /** When they said so. @default now */
  readonly atMs?: number | undefined;
}

export interface OptIn extends Word {
  /** @default none */
  readonly source?: string | undefined;
}

export interface OptOut extends Word {
  /** From this list alone: e-mail only. @default everywhere */
  readonly listId?: string | undefined;
}

export interface Suppression {
  /** @default USER_SUPPRESSED */
  readonly reason?: SuppressionReason | undefined;
  /** @default now */
  readonly atMs?: number | undefined;
}

/** The person subscribes, by a form or a text. It lifts what a subscription lifts. */
export const optIn = (account: Account, profile: Profile, word: OptIn = {}): void => {
  const { channel = 'email', atMs = account.nowMs(), source } = word;
  profile.consent[channel] = {
    state: 'SUBSCRIBED',
    givenAtMs: atMs,
    changedAtMs: atMs,
    ...(source !== undefined && { source }),
  };
  if (channel === 'email') liftSuppressions(profile);
  noteConsent(profile, atMs, source);
  account.profiles.touch(profile);
};

/** The person unsubscribes, by the link in a mail or by a text. */
export const optOut = (account: Account, profile: Profile, word: OptOut = {}): void => {
  const { channel = 'email', atMs = account.nowMs(), listId } = word;
  const list = listId === undefined ? undefined : account.lists.get(listId);
  if (listId !== undefined && !list) throw new Error(`no list ${listId} to opt out of`);
  if (list) {
    profile.listSuppressions.push({ listId: list.id, atMs });
    account.lists.leave(list, profile.id);
  } else {
    profile.consent[channel] = {
      ...profile.consent[channel],
      state: 'UNSUBSCRIBED',
      changedAtMs: atMs,
    };
    if (channel === 'email') profile.suppressions.push({ reason: 'UNSUBSCRIBE', atMs });
  }
  account.profiles.touch(profile);
};

/** Mail to the profile stops for another reason. Its consent stays as it is. */
export const suppress = (account: Account, profile: Profile, why: Suppression = {}): void => {
  const { reason = 'USER_SUPPRESSED', atMs = account.nowMs() } = why;
  profile.suppressions.push({ reason, atMs });
  account.profiles.touch(profile);
};

/** Takes back what `suppress` did for this reason. */
export const unsuppress = (account: Account, profile: Profile, reason: SuppressionReason): void => {
  profile.suppressions = profile.suppressions.filter((one) => one.reason !== reason);
  account.profiles.touch(profile);
};

/** What a subscription lifts; bounces stay. */
const lifted = new Set<SuppressionReason>(['UNSUBSCRIBE', 'USER_SUPPRESSED', 'SPAM_COMPLAINT']);

export const liftSuppressions = (profile: Profile): void => {
  profile.suppressions = profile.suppressions.filter(({ reason }) => !lifted.has(reason));
};
