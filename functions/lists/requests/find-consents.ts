/** What Klaviyo shows of people's consents, a hundred people a call. */

import type { BatchContext } from '../../../shared/jobs/consume-queue.ts';
import type { JobOutcome } from '../../../shared/jobs/outcome.ts';
import type { KlaviyoConnection, Profile } from '../../../shared/klaviyo/index.ts';
import { type Channel, channels, type ListChange } from '../rules/list-change.ts';
import { type ShownConsent, shownConsent } from '../rules/shown-consent.ts';
import {
  type Identifier,
  type LookedUpProfile,
  type LookUpProfiles,
  normal,
} from './look-up-profiles.ts';

/** A consent, or why it is not known; neither where nobody has it. */
export interface FoundConsent {
  readonly consent?: ShownConsent | undefined;
  readonly outcome?: JobOutcome | undefined;
  /** Whose the address is in Klaviyo: of a number that is nobody's, somebody else may have a word. */
  readonly ownerId?: string | undefined;
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

const read = ({ profile, outcome }: LookedUpProfile, channel: Channel): FoundConsent => {
  if (profile === undefined) return { outcome };
  const consent = shownConsent(profile, channel);
  return consent === undefined ? { outcome: notUnderstood } : { consent };
};

/** A consent of a number that no profile has. */
const isOfNobody = ({ kind }: ListChange, about: FoundConsent | undefined): boolean =>
  kind === 'sms' && about?.consent === undefined && about?.outcome === undefined;

/** Whether the consent of a number that nobody has may be this profile's. */
const mayBeOf = ({ on }: ListChange, { profile, outcome }: LookedUpProfile): boolean => {
  // An address or id that Klaviyo refuses says nothing against the number that came with it.
  if (profile === undefined) return outcome !== undefined && outcome.kind !== 'refused';
  // Who opts out with one number has said nothing of another.
  return on || typeof profile.attributes.phone_number !== 'string';
};

const keyOf = (field: Identifier, value: string): string => `${field} ${normal(value)}`;

/**
 * Whom a job was looked up for already is not asked for again. A number is mostly that of the
 * profile which its e-mail address has led to: so the addresses come first. For a number that no
 * profile has, Klaviyo subscribes whom the e-mail address beside it leads to: there the word of
 * that person counts, or of whom a link leads to, though they opted out before they had the number.
 */
export const createFindConsents =
  ({ lookUpProfiles }: { readonly lookUpProfiles: LookUpProfiles }): FindConsents =>
  async (changes, connection, context) => {
    const known = new Map<string, LookedUpProfile>();
    const note = (profile: Profile) => {
      const { email, phone_number } = profile.attributes;
      for (const [field, value] of Object.entries({ id: profile.id, email, phone_number }))
        if (typeof value === 'string') known.set(keyOf(field as Identifier, value), { profile });
    };
    for (const { person } of changes)
      for (const channel of channels) {
        const { profile } = person[channel] ?? {};
        if (profile !== undefined) note(profile);
      }

    const ask = async (
      field: Identifier,
      toValue: (change: ListChange) => string | undefined,
    ): Promise<[ListChange, LookedUpProfile][]> => {
      const wanted = changes.flatMap((change) => {
        const value = toValue(change);
        return value === undefined ? [] : [{ job: change.job, value, change }];
      });
      const unasked = wanted.filter(({ value }) => !known.has(keyOf(field, value)));
      const answers = await lookUpProfiles(field, unasked, connection, context);
      for (const { job, value } of unasked) {
        const answer = answers.get(job.id) ?? {};
        known.set(keyOf(field, value), answer);
        if (answer.profile !== undefined) note(answer.profile);
      }
      return wanted.map(({ change, value }) => [change, known.get(keyOf(field, value)) ?? {}]);
    };

    const found = new Map<ListChange, FoundConsent>();
    for (const channel of channels) {
      const ofChannel = await ask(fieldOf[channel], ({ kind, person }) =>
        kind === channel ? person[channel]?.value : undefined,
      );
      for (const [change, answer] of ofChannel)
        found.set(change, { ...read(answer, channel), ownerId: answer.profile?.id });
    }
    for (const field of ['email', 'id'] as const) {
      const ofOthers = await ask(field, (change) => {
        if (!isOfNobody(change, found.get(change))) return undefined;
        return field === 'email' ? change.job.message.person.email : change.person.profileId;
      });
      for (const [change, answer] of ofOthers)
        if (mayBeOf(change, answer)) found.set(change, read(answer, 'sms'));
    }
    return found;
  };
