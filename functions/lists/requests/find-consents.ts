/** What Klaviyo shows of people's consents, a hundred people a call. */

import type { BatchContext } from '../../../shared/jobs/consume-queue.ts';
import type { JobOutcome } from '../../../shared/jobs/outcome.ts';
import type { KlaviyoConnection, Profile } from '../../../shared/klaviyo/index.ts';
import { type Channel, channels, type ListChange } from '../rules/list-change.ts';
import { type ShownConsent, shownConsent } from '../rules/shown-consent.ts';
import { type LookUpProfiles, normal } from './look-up-profiles.ts';

/** The consent of the address's owner, or why it is not known; neither where nobody has it. */
export interface FoundConsent {
  readonly consent?: ShownConsent | undefined;
  readonly outcome?: JobOutcome | undefined;
}

/** Resolves to the consents that changes of consent are about. */
export type FindConsents = (
  changes: readonly ListChange[],
  connection: KlaviyoConnection,
  context: BatchContext,
) => Promise<ReadonlyMap<ListChange, FoundConsent>>;

const fieldOf = { email: 'email', sms: 'phone_number' } as const;

const notUnderstood: JobOutcome = {
  kind: 'refused',
  reason: 'answer_not_understood',
  errorCode: 'subscriptions_not_understood',
};

const read = (profile: Profile, channel: Channel): FoundConsent => {
  const consent = shownConsent(profile, channel);
  return consent === undefined ? { outcome: notUnderstood } : { consent };
};

/**
 * Whom a job was looked up for already is not asked for again. A number is mostly that of the
 * profile which its e-mail address has led to: so the addresses come first.
 */
export const createFindConsents =
  ({ lookUpProfiles }: { readonly lookUpProfiles: LookUpProfiles }): FindConsents =>
  async (changes, connection, context) => {
    const found = new Map<ListChange, FoundConsent>();
    const byNumber = new Map<string, Profile>();
    const note = (profile: Profile) => {
      const number = profile.attributes.phone_number;
      if (typeof number === 'string') byNumber.set(number, profile);
    };
    for (const { person } of changes)
      for (const channel of channels) {
        const { profile } = person[channel] ?? {};
        if (profile !== undefined) note(profile);
      }

    for (const channel of channels) {
      const wanted: { job: ListChange['job']; value: string; change: ListChange }[] = [];
      for (const change of changes) {
        const address = change.kind === channel ? change.person[channel] : undefined;
        if (address === undefined) continue;
        const known =
          address.profile ?? (channel === 'sms' ? byNumber.get(address.value) : undefined);
        if (known === undefined) wanted.push({ job: change.job, value: address.value, change });
        else found.set(change, read(known, channel));
      }
      if (wanted.length === 0) continue;
      const answers = await lookUpProfiles(fieldOf[channel], wanted, connection, context);
      for (const { job, value, change } of wanted) {
        const { profile, outcome } = answers.get(job.id) ?? {};
        if (profile !== undefined) note(profile);
        const isIts =
          profile !== undefined &&
          normal(value) === normal(profile.attributes[fieldOf[channel]] ?? '');
        found.set(change, isIts ? read(profile, channel) : { outcome });
      }
    }
    return found;
  };
