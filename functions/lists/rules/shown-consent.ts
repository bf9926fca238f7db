/** What Klaviyo shows of a person's consent: to be weighed against what the jobs say. */
import * as z from 'zod';
import type { Profile } from '../../../shared/klaviyo/index.ts';
import type { Channel } from './list-change.ts';

interface Withdrawal {
  /** Epoch milliseconds; undefined where Klaviyo shows no time. */
  readonly atMs: number | undefined;
  /** Left out: of the channel as a whole. */
  readonly listId?: string | undefined;
}

export interface ShownConsent {
  readonly isSubscribed: boolean;
  /** Epoch milliseconds at which the consent was given, where it holds and Klaviyo says so. */
  readonly consentedAtMs: number | undefined;
  readonly withdrawals: readonly Withdrawal[];
}

export const noConsent: ShownConsent = {
  isSubscribed: false,
  consentedAtMs: undefined,
  withdrawals: [],
};

const text = z.string().nullish();
const marketing = z.looseObject({ consent: text, consent_timestamp: text, last_updated: text });
const suppression = z.looseObject({ reason: text, timestamp: text });
const emailMarketing = marketing.extend({
  suppression: z.array(suppression).nullish(),
  list_suppressions: z.array(suppression.extend({ list_id: text })).nullish(),
});
const subscriptions = z.looseObject({
  email: z.looseObject({ marketing: emailMarketing.nullish() }).nullish(),
  sms: z.looseObject({ marketing: marketing.nullish() }).nullish(),
});

/** Reasons that say nothing of what the person wants: mail came back, or never could arrive. */
const undelivered = new Set(['HARD_BOUNCE', 'INVALID_EMAIL']);
const isWithdrawal = ({ reason }: z.output<typeof suppression>): boolean =>
  !undelivered.has(reason?.toUpperCase().replaceAll(' ', '_') ?? '');

const timeOf = (shown: string | null | undefined): number | undefined => {
  const atMs = Date.parse(shown ?? '');
  return Number.isNaN(atMs) ? undefined : atMs;
};

type Marketing = z.output<typeof marketing> & Partial<z.output<typeof emailMarketing>>;

/** Without a time of its own an unsubscription is of the suppression that came with it. */
const unsubscription = ({ consent, last_updated }: Marketing, suppressed: readonly Withdrawal[]) =>
  consent !== 'UNSUBSCRIBED' || (timeOf(last_updated) === undefined && suppressed.length > 0)
    ? []
    : [{ atMs: timeOf(last_updated) }];

/**
 * The consent that a profile shows, which was asked for with its subscriptions. A channel that it
 * does not show has never been used. Undefined where Klaviyo shows what we do not understand: then
 * nobody must be taken for willing.
 */
export const shownConsent = (profile: Profile, channel: Channel): ShownConsent | undefined => {
  const { subscriptions: given } = profile.attributes;
  if (given === null) return noConsent;
  const parsed = subscriptions.safeParse(given);
  if (!parsed.success) return undefined;
  const shown: Marketing | null | undefined = parsed.data[channel]?.marketing;
  if (shown === null || shown === undefined) return noConsent;
  const suppressed = (shown.suppression ?? [])
    .filter(isWithdrawal)
    .map(({ timestamp }) => ({ atMs: timeOf(timestamp) }));
  const fromLists = (shown.list_suppressions ?? [])
    .filter(isWithdrawal)
    .map(({ timestamp, list_id }) => ({ atMs: timeOf(timestamp), listId: list_id ?? undefined }));
  const isSubscribed = shown.consent === 'SUBSCRIBED';
  return {
    isSubscribed,
    consentedAtMs: isSubscribed ? timeOf(shown.consent_timestamp) : undefined,
    withdrawals: [...unsubscription(shown, suppressed), ...suppressed, ...fromLists],
  };
};
