/** List jobs into Klaviyo: in few requests, so that the last statement about each person holds. */
import { memoryKeyOf } from '../../shared/connections/contract.ts';
import type { Connection } from '../../shared/connections/find-connection.ts';
import type { HandleJobs } from '../../shared/jobs/consume-queue.ts';
import type { ListsMessage } from '../../shared/jobs/contract/messages.ts';
import { type JobOutcome, outcomeOf } from '../../shared/jobs/outcome.ts';
import type { KlaviyoClient } from '../../shared/klaviyo/index.ts';
import type { LostLink } from '../../shared/people/contract/links.ts';
import { createApplyChanges } from './apply-changes.ts';
import { createFindLists, listNameOf } from './find-lists.ts';
import { allLinkKeysOf, createFindPeople } from './find-people.ts';
import { createHeedKlaviyo } from './heed-klaviyo.ts';
import { createLeaseDecisions, type Decisions } from './lease-decisions.ts';
import { createPrepareChanges } from './prepare-changes.ts';
import type { RepeatLater } from './repeat-later.ts';
import { createFindConsents } from './requests/find-consents.ts';
import { createFindMembers } from './requests/find-members.ts';
import { createListNames, type ListStore } from './requests/list-names.ts';
import { createLookUpProfiles } from './requests/look-up-profiles.ts';
import { createSendRequests } from './requests/send-requests.ts';
import { type ChangeToSend, decideChanges, type NextStep } from './rules/decide-changes.ts';
import { coalesce } from './rules/decision-rules.ts';
import { createJobOutcomes } from './rules/job-outcomes.ts';
import { type ListChange, ownerOf } from './rules/list-change.ts';
import type { TellConsents } from './tell-consents.ts';

export interface HandleListJobsOptions {
  readonly klaviyo: KlaviyoClient;
  /** The profile ids that links lead to, by link key. */
  readonly readLinks: (linkKeys: readonly string[]) => Promise<ReadonlyMap<string, string>>;
  /** Forgets the profile of those links that still lead to it. */
  readonly forgetLinks: (lost: readonly LostLink[]) => Promise<void>;
  readonly decisions: Decisions;
  readonly tell: TellConsents;
  readonly listStore: ListStore;
  readonly repeatLater: RepeatLater;
  /** @default the system's clock */
  readonly now?: () => number;
  /** From 0 up to 1. @default Math.random */
  readonly random?: () => number;
}

const newer: JobOutcome = { kind: 'superseded', by: 'newer' };

/** The outcome of a change that is not to be sent now. */
const outcomeOfStep = (step: Exclude<NextStep, ChangeToSend>): JobOutcome =>
  step.kind === 'wait'
    ? { kind: 'later', waitMs: step.waitMs, reason: 'pending' }
    : { kind: 'superseded', by: step.by };

/**
 * The consumer of `lists`. The decisions about people are leased, the changes that hold are sent, and
 * what was done is remembered before any job leaves the queue. So a crash at any point only means that
 * jobs come back; each is then decided anew by what is remembered, and none overtakes a newer one.
 */
export const createHandleListJobs = ({
  klaviyo,
  readLinks,
  forgetLinks,
  decisions,
  tell,
  listStore,
  repeatLater,
  now = Date.now,
  random = Math.random,
}: HandleListJobsOptions): HandleJobs<ListsMessage, Connection> => {
  const listNames = createListNames({ klaviyo, store: listStore, now });
  const lookUpProfiles = createLookUpProfiles({ klaviyo });
  const prepareChanges = createPrepareChanges({
    findLists: createFindLists({ listNames }),
    findPeople: createFindPeople({ readLinks, lookUpProfiles, now }),
    now,
  });
  const leaseDecisions = createLeaseDecisions({ decisions, now, random });
  const heedKlaviyo = createHeedKlaviyo({
    findConsents: createFindConsents({ lookUpProfiles }),
    tell,
    now,
  });
  const applyChanges = createApplyChanges({
    findMembers: createFindMembers({ klaviyo }),
    sendRequests: createSendRequests({ klaviyo }),
    repeatLater,
    tell,
    now,
  });

  /** A name may lead to a list that is gone while another one has the name. */
  const askAnew = async (
    { job, listId }: ListChange,
    outcome: JobOutcome,
    memoryKey: string,
  ): Promise<JobOutcome> => {
    const isGone = outcome.kind === 'refused' && outcome.reason === 'unknown_list';
    if (!isGone || listId === undefined || listNameOf(job) === undefined) return outcome;
    await listNames.forget(memoryKey, listId);
    return { kind: 'retry', errorCode: 'list_of_this_name_is_gone' };
  };

  /** A link may lead to a profile that was deleted: the person is looked for without it. */
  const lookAnew = async (
    { job, kind, person }: ListChange,
    outcome: JobOutcome,
    memoryKey: string,
  ): Promise<JobOutcome> => {
    const profileId = ownerOf(kind, person);
    const isGone = outcome.kind === 'refused' && outcome.reason === 'unknown_person';
    if (!isGone || !person.isLinked || profileId === undefined) return outcome;
    try {
      await forgetLinks(allLinkKeysOf(memoryKey, job).map((key) => ({ key, profileId })));
      return { kind: 'later', waitMs: 1_000, reason: 'awaiting_profile' };
    } catch (error) {
      return outcomeOf(error);
    }
  };

  return async (jobs, connection, context) => {
    const outcomes = createJobOutcomes();
    const decide = ({ job }: Pick<ListChange, 'job'>, outcome: JobOutcome) =>
      outcomes.add(job.id, outcome);

    const changes = await prepareChanges(jobs, connection, context, (job, outcome) =>
      decide({ job }, outcome),
    );
    const { standing, overridden } = coalesce(changes);
    for (const change of overridden) decide(change, newer);

    const remembered = await leaseDecisions(standing, decide);
    const steps = decideChanges(remembered.leased, (key) => remembered.of(key).decisions, now());
    const toSend: ChangeToSend[] = [];
    for (const step of steps)
      if (step.kind === 'send') toSend.push(step);
      else decide(step.change, outcomeOfStep(step));

    const toldOf = ({ keys }: ListChange) => keys.flatMap((key) => remembered.of(key).told);
    const heeded = await heedKlaviyo(toSend, toldOf, connection.klaviyo, context, decide);
    const sentFromMs = now();
    const applied = await applyChanges(heeded, connection, context);
    const memoryKey = memoryKeyOf(connection.settings);
    for (const { change, outcome } of await remembered.save(applied, sentFromMs))
      decide(change, await lookAnew(change, await askAnew(change, outcome, memoryKey), memoryKey));
    return outcomes.all();
  };
};
