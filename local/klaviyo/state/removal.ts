import type { Account } from './account.ts';
import type { Channel, Consent, Profile } from './profile.ts';

/** A profile is deleted, with its events and its places on lists. Its identifiers are free again. */
export const deleteProfile = (account: Account, profile: Profile): void => {
  for (const list of account.lists.of(profile.id)) account.lists.leave(list, profile.id);
  account.events.forget(profile.id);
  account.profiles.remove(profile);
};

const channels: readonly Channel[] = ['email', 'sms'];

const later = (one: Consent, other: Consent): Consent =>
  (one.changedAtMs ?? 0) > (other.changedAtMs ?? 0) ? one : other;

/**
 * One profile goes into another, with events, lists and suppressions; its id keeps resolving. What
 * both have stays as the other has it; of two consents the later word counts, which is assumed.
 */
export const mergeProfiles = (account: Account, from: Profile, into: Profile): void => {
  if (from === into) return;
  for (const list of account.lists.of(from.id)) {
    account.lists.join(list, into.id);
    account.lists.leave(list, from.id);
  }
  account.events.reassign(from.id, into.id);
  for (const channel of channels) {
    into.consent[channel] = later(from.consent[channel], into.consent[channel]);
  }
  into.suppressions = [...into.suppressions, ...from.suppressions];
  into.listSuppressions = [...into.listSuppressions, ...from.listSuppressions];
  into.lastEventMs = Math.max(from.lastEventMs ?? 0, into.lastEventMs ?? 0) || undefined;
  account.profiles.merge(from, into);
};
