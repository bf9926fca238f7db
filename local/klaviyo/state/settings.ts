/** What differs between Klaviyo accounts, or is not known of Klaviyo: set by tests, now or later. */
export interface AccountSettings {
  /** An event for a profile id that does not exist is lost after its 202, or answers 404. */
  unknownEventProfiles: 'drop' | 'refuse';
  /** A retired revision is served by a newer one, or answers 410. */
  retiredRevisions: 'fall-forward' | 'gone';
  /** An age-gated account: SMS consent needs a date of birth, and this many years since. */
  smsMinimumAgeYears: number | undefined;
}

/** The settings that an account begins with. */
export const initialSettings = (chosen: Partial<AccountSettings>): AccountSettings => ({
  unknownEventProfiles: chosen.unknownEventProfiles ?? 'drop',
  retiredRevisions: chosen.retiredRevisions ?? 'fall-forward',
  smsMinimumAgeYears: chosen.smsMinimumAgeYears,
});
