/** What Klaviyo writes into a profile's properties by itself, though nobody has sent it. */
import { spacedMicroseconds } from '../timestamps.ts';
import type { Profile } from './profile.ts';

const channels = ['email', 'sms'] as const;

/**
 * Recorded after a subscription: these four names. Their values were not; the time is in the form
 * in which exports show it.
 */
export const noteConsent = (profile: Profile, givenAtMs: number, source?: string): void => {
  const { consent, properties } = profile;
  profile.properties = {
    ...properties,
    $consent: channels.filter((channel) => consent[channel].state === 'SUBSCRIBED'),
    $consent_timestamp: spacedMicroseconds(givenAtMs * 1000),
    $source: source ?? 'API',
    $sms_consent_method: 'API',
  };
};

/** Recorded once, after a change that named properties and a patch of them: the account's id. */
export const noteCompany = (profile: Profile, accountId: string): void => {
  profile.properties = { ...profile.properties, company_id: accountId };
};
