/** Carries out the changes whose turn it is, and says what became of each. */

import type { Connection } from '../../shared/connections/find-connection.ts';
import type { BatchContext } from '../../shared/jobs/consume-queue.ts';
import type { ListsMessage } from '../../shared/jobs/contract/messages.ts';
import { type Fate, fateOf } from '../../shared/jobs/outcome.ts';
import { revisionsFor, takesDateOfBirth } from '../../shared/klaviyo/index.ts';
import type { ListWord } from '../../shared/people/contract/list-decisions.ts';
import type { FindMembers } from './find-members.ts';
import type { Heeded } from './heed-klaviyo.ts';
import { settlesAfterMs } from './judge-changes.ts';
import { toRequests } from './list-batches.ts';
import { type ListChange, ownerOf } from './list-change.ts';
import type { RepeatedJob, RepeatLater } from './repeat-later.ts';
import type { SendRequests } from './send-requests.ts';
import type { TellConsents } from './tell-consents.ts';

export interface Decided {
  readonly change: ListChange;
  readonly fate: Fate;
  /** What is remembered of it: nothing where Klaviyo was not told, or refused. */
  readonly outcome: ListWord['outcome'] | undefined;
}

export type ApplyChanges = (
  verdicts: readonly Heeded[],
  connection: Connection,
  context: BatchContext,
) => Promise<readonly Decided[]>;

export interface ApplyChangesOptions {
  readonly findMembers: FindMembers;
  readonly sendRequests: SendRequests;
  readonly repeatLater: RepeatLater;
  readonly tell: TellConsents;
  readonly now: () => number;
}

const outcomeOf = (sent: Fate): ListWord['outcome'] | undefined => {
  if (sent.kind === 'delivered') return 'sent';
  if (sent.kind === 'refused') return undefined;
  return sent.kind === 'later' && sent.reason !== 'out_of_time' ? undefined : 'maybe_sent';
};

/** What was told to Klaviyo in two requests is sent once both were accepted. */
const outcomeOfAll = (sent: readonly Fate[]): ListWord['outcome'] | undefined => {
  const [outcome, ...others] = new Set(sent.map(outcomeOf));
  return others.length > 0 ? 'maybe_sent' : outcome;
};

const notMember: Fate = { kind: 'superseded', by: 'not_member' };
const withoutEffect: Fate = { kind: 'superseded', by: 'without_effect' };

/** Klaviyo unsubscribes from everything whom it does not find on the list. */
const isForMembersOnly = ({ change }: Heeded): boolean =>
  change.kind !== 'membership' && !change.on && change.scope !== 'everywhere';

/** What was meant for everything and left a newer subscription alone is no opt-out in vain. */
const isInVain = ({ change: { job }, staysSubscribed }: Heeded): boolean =>
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
const toRepeat = ({ job, kind, person, listId = '' }: ListChange, said: ListWord): RepeatedJob => {
  const { email, sms } = person;
  const message: ListsMessage = {
    connectionId: job.message.connectionId,
    type: said.on ? 'list.add' : 'list.remove',
    list: { id: listId },
    // Under all its names, so that it is judged by all that is remembered of the person.
    person: { profileId: ownerOf(kind, person), email: email?.value, phoneNumber: sms?.value },
  };
  return { message, said };
};

export const createApplyChanges = ({
  findMembers,
  sendRequests,
  repeatLater,
  tell,
  now,
}: ApplyChangesOptions): ApplyChanges => {
  const onlyMembers = async (
    verdicts: readonly Heeded[],
    { klaviyo }: Connection,
    context: BatchContext,
    decided: Decided[],
  ): Promise<Heeded[]> => {
    const asked = verdicts.filter(isForMembersOnly).map(({ change }) => change);
    const members = await findMembers(asked, klaviyo, context);
    return verdicts.flatMap((verdict) => {
      const member = members.get(verdict.change);
      if (member === undefined) return [verdict];
      if (member.profileId !== undefined)
        return [{ ...verdict, change: ofProfile(verdict.change, member.profileId) }];
      const { change } = verdict;
      if (member.fate !== undefined) {
        decided.push({ change, fate: member.fate, outcome: undefined });
        return [];
      }
      const fate = isInVain(verdict) ? withoutEffect : notMember;
      if (fate === withoutEffect) tell.withoutEffect(change);
      decided.push({ change, fate, outcome: 'needless' });
      return [];
    });
  };

  /** Makes sure of the repetition before that is done which makes it necessary. */
  const afterRepeating = async (
    verdicts: readonly Heeded[],
    decided: Decided[],
  ): Promise<ListChange[]> => {
    const repeats = verdicts.flatMap(({ change, repeat }) =>
      repeat === undefined ? [] : [toRepeat(change, repeat)],
    );
    try {
      if (repeats.length > 0) await repeatLater(repeats, settlesAfterMs);
      return verdicts.map(({ change }) => change);
    } catch (error) {
      const [undone, others] = [
        verdicts.filter(({ repeat }) => repeat !== undefined),
        verdicts.filter(({ repeat }) => repeat === undefined),
      ];
      const fate = fateOf(error);
      decided.push(...undone.map(({ change }) => ({ change, fate, outcome: undefined })));
      return others.map(({ change }) => change);
    }
  };

  return async (verdicts, connection, context) => {
    const decided: Decided[] = [];
    const members = await onlyMembers(verdicts, connection, context, decided);
    const changes = await afterRepeating(members, decided);
    const { shape } = revisionsFor(connection.klaviyo.revision, new Date(now()));
    for (const change of changes) if (lacksPlaceFor(change, shape)) tell.dateOfBirthLeftOut(change);
    const told = new Map<ListChange, Fate[]>();
    await sendRequests(toRequests(changes, shape), connection.klaviyo, context, (row, fate) => {
      for (const change of row.changes) told.set(change, [...(told.get(change) ?? []), fate]);
    });
    for (const [change, fates] of told) {
      const outcome = outcomeOfAll(fates);
      decided.push(...fates.map((fate) => ({ change, fate, outcome })));
    }
    return decided;
  };
};
