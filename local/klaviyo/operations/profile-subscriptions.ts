import type { Consent, Profile } from '../state/profile.ts';
import { microseconds, wholeSeconds } from '../timestamps.ts';

const at = (ms: number | undefined): string | null => (ms === undefined ? null : wholeSeconds(ms));
const exactlyAt = (ms: number | undefined): string | null =>
  ms === undefined ? null : microseconds(ms * 1000);

const consentDetails = ({ state, givenAtMs, changedAtMs, source }: Consent) => ({
  consent: state,
  consent_timestamp: at(givenAtMs),
  last_updated: exactlyAt(changedAtMs),
  method: state === 'NEVER_SUBSCRIBED' ? null : 'API',
  method_detail: source ?? null,
});

const emailMarketing = (profile: Profile) => {
  const { email } = profile.consent;
  const suppressed = email.state === 'UNSUBSCRIBED' || profile.suppressions.length > 0;
  return {
    can_receive_email_marketing: profile.identifiers.email !== undefined && !suppressed,
    ...consentDetails(email),
    custom_method_detail: email.source ?? null,
    double_optin: email.doubleOptIn ?? null,
    suppression: profile.suppressions.map(({ reason, atMs }) => ({
      reason,
      timestamp: exactlyAt(atMs),
    })),
    list_suppressions: profile.listSuppressions.map(({ listId, atMs }) => ({
      list_id: listId,
      reason: 'UNSUBSCRIBE',
      timestamp: exactlyAt(atMs),
    })),
  };
};

const untouched = { consent: 'NEVER_SUBSCRIBED', consent_timestamp: null };

/** How mail may be followed: `metadata` and `valid_until` have no value in any recording. */
const tracking = {
  ...untouched,
  last_updated: null,
  created_timestamp: null,
  metadata: null,
  can_receive: true,
  valid_until: null,
};

const from = (served: string, first: string, value: object) => (served >= first ? value : {});

/** `subscriptions`: more channels with each revision; all but e-mail and SMS are never subscribed. */
export const subscriptionsOf = (profile: Profile, served: string) => {
  const { sms } = profile.consent;
  const marketing = {
    can_receive_sms_marketing: sms.state === 'SUBSCRIBED',
    ...consentDetails(sms),
  };
  const transactional = {
    can_receive_sms_transactional: false,
    ...consentDetails({ state: 'NEVER_SUBSCRIBED' }),
  };
  const push = { can_receive_push_marketing: false, ...untouched };
  const hasSms = served >= '2024-07-15' || sms.state !== 'NEVER_SUBSCRIBED';
  return {
    email: {
      marketing: emailMarketing(profile),
      ...from(served, '2026-04-15', { open_tracking: tracking }),
      ...from(served, '2026-07-15', { click_tracking: tracking }),
    },
    ...(hasSms && { sms: { marketing, ...from(served, '2024-10-15', { transactional }) } }),
    ...from(served, '2024-07-15', { mobile_push: { marketing: push } }),
    ...from(served, '2025-07-15', { whatsapp: null }),
  };
};
