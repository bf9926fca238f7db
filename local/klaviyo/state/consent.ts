import type { Account } from './account.ts';
import { noteConsent } from './derived-properties.ts';
import type { List } from './list-store.ts';
import { liftSuppressions, optOut } from './opt-out.ts';
import { type Channel, identifiersOf, type Profile, type ProfileWrite } from './profile.ts';

/** One row of a subscribe or unsubscribe request. */
export interface ConsentRequest {
  readonly id?: string | null | undefined;
  readonly identifiers: ProfileWrite;
  readonly channels: readonly { readonly channel: Channel; readonly consentedAtMs?: number }[];
}

export interface SubscribeTerms {
  readonly list: List | undefined;
  /** Consent was given elsewhere: no confirmation is asked for. */
  readonly historical: boolean;
  readonly source: string | undefined;
}

const resolve = (account: Account, { id, identifiers }: ConsentRequest): Profile | undefined => {
  const byId = typeof id === 'string' ? account.profiles.get(id) : undefined;
  return byId ?? account.profiles.owners(identifiersOf(identifiers))[0];
};

const grant = (
  account: Account,
  profile: Profile,
  request: ConsentRequest,
  terms: SubscribeTerms,
) => {
  const { list, source, historical } = terms;
  const nowMs = account.nowMs();
  for (const { channel, consentedAtMs = nowMs } of request.channels) {
    profile.consent[channel] = {
      state: 'SUBSCRIBED',
      givenAtMs: consentedAtMs,
      changedAtMs: nowMs,
      ...(source !== undefined && { source }),
      doubleOptIn: !historical && list?.optIn === 'double_opt_in',
    };
    noteConsent(profile, consentedAtMs, source);
    if (channel !== 'email') continue;
    liftSuppressions(profile);
    profile.listSuppressions = profile.listSuppressions.filter(({ listId }) => listId !== list?.id);
  }
  if (list) account.lists.join(list, profile.id);
  account.profiles.touch(profile);
};

/** People who were asked to confirm, by account: what happens once they do. */
const unconfirmed = new WeakMap<Account, Map<string, () => void>>();

/**
 * Grants consent. Without a list, and unless it is a historical import, people without a profile
 * get none. Where double opt-in holds, consent waits for the person's confirmation.
 */
export const subscribe = (
  account: Account,
  request: ConsentRequest,
  terms: SubscribeTerms,
): void => {
  const { list, historical } = terms;
  const known = resolve(account, request);
  if (!known && (typeof request.id === 'string' || !(list || historical))) return;
  const profile = known ?? account.profiles.create(request.identifiers);
  const optIn = list?.optIn ?? account.defaultOptIn;
  if (historical || optIn === 'single_opt_in') {
    grant(account, profile, request, terms);
    return;
  }
  const waiting = unconfirmed.get(account) ?? new Map<string, () => void>();
  unconfirmed.set(account, waiting);
  waiting.set(profile.id, () => grant(account, profile, request, terms));
};

/** The person clicks the link in the confirmation mail. Says whether there was one to click. */
export const confirmOptIn = (account: Account, profileId: string): boolean => {
  const confirm = unconfirmed.get(account)?.get(profileId);
  unconfirmed.get(account)?.delete(profileId);
  confirm?.();
  return confirm !== undefined;
};

/**
 * Takes consent back: from the list for those who are on it, everywhere for all others. E-mail
 * alone has consent by list.
 */
export const unsubscribe = (
  account: Account,
  request: ConsentRequest,
  list: List | undefined,
): void => {
  const profile = resolve(account, request);
  if (!profile) return;
  unconfirmed.get(account)?.delete(profile.id);
  const isMember = list?.members.has(profile.id) ?? false;
  for (const { channel } of request.channels) {
    const listId = isMember && channel === 'email' ? list?.id : undefined;
    optOut(account, profile, { channel, listId });
  }
  if (isMember && list) account.lists.leave(list, profile.id);
  account.profiles.touch(profile);
};
