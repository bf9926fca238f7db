/** Weighs changes of consent against what people have said in Klaviyo itself. */

import type { BatchContext } from '../../shared/jobs/consume-queue.ts';
import type { JobOutcome } from '../../shared/jobs/outcome.ts';
import type { KlaviyoConnection } from '../../shared/klaviyo/index.ts';
import type { ToldConsent } from '../../shared/people/contract/list-decisions.ts';
import { awaitProfile } from './find-people.ts';
import type { FindConsents, FoundConsent } from './requests/find-consents.ts';
import { type ChangeToSend, consentPendingMs } from './rules/decide-changes.ts';
import { isConsent, statementOf } from './rules/decision-rules.ts';
import { type ListChange, needsProfile } from './rules/list-change.ts';
import { noConsent, type ShownConsent } from './rules/shown-consent.ts';
import type { TellConsents } from './tell-consents.ts';

/** A change that Klaviyo has nothing newer against. */
export interface HeededChange extends ChangeToSend {
  /** Whether the person is subscribed on the channel, and has not opted out of the change's list. */
  readonly staysSubscribed: boolean;
}

export interface HeedKlaviyoOptions {
  readonly findConsents: FindConsents;
  readonly tell: TellConsents;
  readonly now: () => number;
}

/** The changes that may be sent; `decide` is told the outcome of the others. */
export type HeedKlaviyo = (
  changes: readonly ChangeToSend[],
  toldOf: (change: ListChange) => readonly ToldConsent[],
  connection: KlaviyoConnection,
  context: BatchContext,
  decide: (change: ListChange, outcome: JobOutcome) => void,
) => Promise<readonly HeededChange[]>;

const newerInKlaviyo: JobOutcome = { kind: 'superseded', by: 'newer_in_klaviyo' };

/** Between our clock and Klaviyo's, which often shows whole seconds. */
const skewMs = 2_000;
/**
 * Klaviyo may be slower than we expect. What may be our own is then taken for it where that grants
 * less: a consent of the next minutes must not outlive an opt-out that is really newer.
 */
const slowestMs = 600_000;

/** Whether what Klaviyo dates so may have come of what we told it. */
const isOwn = (
  { kind, on, atMs }: { kind: ListChange['kind']; on: boolean; atMs: number },
  told: readonly ToldConsent[],
): boolean =>
  told.some(
    (one) =>
      one.kind === kind &&
      one.on === on &&
      atMs >= one.fromMs - skewMs &&
      atMs <= one.untilMs + (on ? slowestMs : consentPendingMs),
  );

/** Against Klaviyo's clock nobody speaks from the future. */
const saidAtMs = ({ occurredAtMs, job }: ListChange): number =>
  Math.min(occurredAtMs, job.firstSentAtMs);

/** A time in whole seconds may be anywhere in its second: for a withdrawal, at its end. */
const latestMs = (atMs: number): number => (atMs % 1_000 === 0 ? atMs + 999 : atMs);

const isWithdrawnSince = (
  change: ListChange,
  { withdrawals }: ShownConsent,
  told: readonly ToldConsent[],
): boolean =>
  withdrawals.some(
    ({ atMs, listId }) =>
      (listId === undefined || listId === change.listId) &&
      (atMs === undefined ||
        (latestMs(atMs) >= saidAtMs(change) &&
          !isOwn({ kind: change.kind, on: false, atMs }, told))),
  );

const isGivenSince = (
  change: ListChange,
  { consentedAtMs: atMs }: ShownConsent,
  told: readonly ToldConsent[],
): boolean =>
  atMs !== undefined &&
  atMs > saidAtMs(change) &&
  !isOwn({ kind: change.kind, on: true, atMs }, told);

const staysSubscribed = (
  { listId }: ListChange,
  { isSubscribed, withdrawals }: ShownConsent = noConsent,
): boolean => isSubscribed && !withdrawals.some((one) => one.listId === listId);

/** A consent to a number goes to whom it was weighed for: who has it, and not whom a link names. */
const withOwner = (change: ListChange, { ownerId: profileId }: FoundConsent): ListChange => {
  const { kind, on, person } = change;
  if (kind !== 'sms' || !on || person.sms === undefined) return change;
  return { ...change, person: { ...person, sms: { ...person.sms, profileId } } };
};

export const createHeedKlaviyo = ({ findConsents, tell, now }: HeedKlaviyoOptions): HeedKlaviyo => {
  /** The outcome of a change that is not to be sent. */
  const outcomeAgainst = (
    change: ListChange,
    { consent, outcome, ownerId }: FoundConsent,
    told: readonly ToldConsent[],
  ): JobOutcome | undefined => {
    if (outcome !== undefined) return outcome;
    const isOverruled = change.on ? isWithdrawnSince : isGivenSince;
    if (consent !== undefined && isOverruled(change, consent, told)) return newerInKlaviyo;
    if (ownerId !== undefined) return undefined;
    // Klaviyo unsubscribes a number where it finds it: on a profile that is still to get it.
    const waits = change.on ? needsProfile(change.job) : consent?.isSubscribed;
    return waits ? awaitProfile(change.job, now()) : undefined;
  };

  return async (changes, toldOf, connection, context, decide) => {
    const asked = changes.flatMap(({ change }) =>
      isConsent(statementOf(change)) && change.scope !== 'membership' ? [change] : [],
    );
    const found = await findConsents(asked, connection, context);
    return changes.flatMap((toSend) => {
      const { change } = toSend;
      const about = found.get(change);
      if (about === undefined) return [{ ...toSend, staysSubscribed: false }];
      const outcome = outcomeAgainst(change, about, toldOf(change));
      if (outcome === undefined) {
        const stays = staysSubscribed(change, about.consent);
        return [{ ...toSend, change: withOwner(change, about), staysSubscribed: stays }];
      }
      if (outcome === newerInKlaviyo) tell.newerInKlaviyo(change);
      decide(change, outcome);
      return [];
    });
  };
};
