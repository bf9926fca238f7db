/** Carries out the changes whose turn it is, and says what became of each. */

import type { Connection } from '../../shared/connections/find-connection.ts';
import type { BatchContext } from '../../shared/jobs/consume-queue.ts';
import type { ListsMessage } from '../../shared/jobs/contract/messages.ts';
import { type JobOutcome, outcomeOf } from '../../shared/jobs/outcome.ts';
import { revisionsFor, takesDateOfBirth } from '../../shared/klaviyo/index.ts';
import type { ListDecision } from '../../shared/people/contract/list-decisions.ts';
import type { HeededChange } from './heed-klaviyo.ts';
import type { RepeatedJob, RepeatLater } from './repeat-later.ts';
import type { FindMembers } from './requests/find-members.ts';
import type { SendRequests } from './requests/send-requests.ts';
import { consentPendingMs } from './rules/decide-changes.ts';
import { toRequests } from './rules/list-batches.ts';
import { type ListChange, ownerOf } from './rules/list-change.ts';
import type { TellConsents } from './tell-consents.ts';

export interface AppliedChange {
  readonly change: ListChange;
  readonly outcome: JobOutcome;
  /** What is remembered of it: nothing where Klaviyo was not told, or refused. */
  readonly delivery: ListDecision['delivery'] | undefined;
}

export type ApplyChanges = (
  changes: readonly HeededChange[],
  connection: Connection,
  context: BatchContext,
) => Promise<readonly AppliedChange[]>;

export interface ApplyChangesOptions {
  readonly findMembers: FindMembers;
  readonly sendRequests: SendRequests;
  readonly repeatLater: RepeatLater;
  readonly tell: TellConsents;
  readonly now: () => number;
}

const deliveryOf = (sent: JobOutcome): ListDecision['delivery'] | undefined => {
  if (sent.kind === 'delivered') return 'sent';
  if (sent.kind === 'refused') return undefined;
  return sent.kind === 'later' && sent.reason !== 'out_of_time' ? undefined : 'maybe_sent';
};

/** What was told to Klaviyo in two requests is sent once both were accepted. */
const deliveryOfAll = (sent: readonly JobOutcome[]): ListDecision['delivery'] | undefined => {
  const [delivery, ...others] = new Set(sent.map(deliveryOf));
  return others.length > 0 ? 'maybe_sent' : delivery;
};

const notMember: JobOutcome = { kind: 'superseded', by: 'not_member' };
const withoutEffect: JobOutcome = { kind: 'superseded', by: 'without_effect' };

/** Klaviyo unsubscribes from everything whom it does not find on the list. */
const isForMembersOnly = ({ change }: HeededChange): boolean =>
  change.kind !== 'membership' && !change.on && change.scope !== 'everywhere';

/** What was meant for everything and left a newer subscription alone is no opt-out in vain. */
const isInVain = ({ change: { job }, staysSubscribed }: HeededChange): boolean =>
  staysSubscribed &&
  !(job.message.type === 'list.unsubscribe' && job.message.scope === 'everywhere');

/** What a revision has no place for. */
const lacksPlaceFor = ({ kind, job: { message } }: ListChange, shape: string): boolean =>
  kind === 'sms' &&
  message.type === 'list.subscribe' &&
  message.dateOfBirth !== undefined &&
  !takesDateOfBirth(shape);

/** The address is the member's: whose other unsubscriptions from the list go with it. */
const ofProfile = (change: ListChange, profileId: string): ListChange => {
  const { kind, person } = change;
  const address = kind === 'membership' ? undefined : person[kind];
  if (address === undefined) return change;
  return { ...change, person: { ...person, [kind]: { ...address, profileId } } };
};

/** The job that puts the membership right again after a consent that came late. */
const toRepeat = (
  { job, kind, person, listId = '' }: ListChange,
  decision: ListDecision,
): RepeatedJob => {
  const { email, sms } = person;
  const message: ListsMessage = {
    connectionId: job.message.connectionId,
    type: decision.on ? 'list.add' : 'list.remove',
    list: { id: listId },
    // Under all its names, so that it is decided by all that is remembered of the person.
    person: { profileId: ownerOf(kind, person), email: email?.value, phoneNumber: sms?.value },
  };
  return { message, sourceTime: decision };
};

export const createApplyChanges = ({
  findMembers,
  sendRequests,
  repeatLater,
  tell,
  now,
}: ApplyChangesOptions): ApplyChanges => {
  const onlyMembers = async (
    changes: readonly HeededChange[],
    { klaviyo }: Connection,
    context: BatchContext,
    applied: AppliedChange[],
  ): Promise<HeededChange[]> => {
    const asked = changes.filter(isForMembersOnly).map(({ change }) => change);
    const members = await findMembers(asked, klaviyo, context);
    return changes.flatMap((heeded) => {
      const member = members.get(heeded.change);
      if (member === undefined) return [heeded];
      if (member.profileId !== undefined)
        return [{ ...heeded, change: ofProfile(heeded.change, member.profileId) }];
      const { change } = heeded;
      if (member.outcome !== undefined) {
        applied.push({ change, outcome: member.outcome, delivery: undefined });
        return [];
      }
      const outcome = isInVain(heeded) ? withoutEffect : notMember;
      if (outcome === withoutEffect) tell.withoutEffect(change);
      applied.push({ change, outcome, delivery: 'needless' });
      return [];
    });
  };

  /** Makes sure of the repetition before that is done which makes it necessary. */
  const afterRepeating = async (
    changes: readonly HeededChange[],
    applied: AppliedChange[],
  ): Promise<ListChange[]> => {
    const repeats = changes.flatMap(({ change, repeat }) =>
      repeat === undefined ? [] : [toRepeat(change, repeat)],
    );
    try {
      if (repeats.length > 0) await repeatLater(repeats, consentPendingMs);
      return changes.map(({ change }) => change);
    } catch (error) {
      const [undone, others] = [
        changes.filter(({ repeat }) => repeat !== undefined),
        changes.filter(({ repeat }) => repeat === undefined),
      ];
      const outcome = outcomeOf(error);
      applied.push(...undone.map(({ change }) => ({ change, outcome, delivery: undefined })));
      return others.map(({ change }) => change);
    }
  };

  return async (heeded, connection, context) => {
    const applied: AppliedChange[] = [];
    const toMembers = await onlyMembers(heeded, connection, context, applied);
    const changes = await afterRepeating(toMembers, applied);
    const { shape } = revisionsFor(connection.klaviyo.revision, new Date(now()));
    for (const change of changes) if (lacksPlaceFor(change, shape)) tell.dateOfBirthLeftOut(change);
    const told = new Map<ListChange, JobOutcome[]>();
    await sendRequests(toRequests(changes, shape), connection.klaviyo, context, (row, outcome) => {
      for (const change of row.changes) told.set(change, [...(told.get(change) ?? []), outcome]);
    });
    for (const [change, outcomes] of told) {
      const delivery = deliveryOfAll(outcomes);
      applied.push(...outcomes.map((outcome) => ({ change, outcome, delivery })));
    }
    return applied;
  };
};
