/** List jobs into Klaviyo: in few requests, and so that the last word about each person holds. */
import { memoryKeyOf } from '../../shared/connections/contract.ts';
import type { Connection } from '../../shared/connections/find-connection.ts';
import type { HandleJobs } from '../../shared/jobs/consume-queue.ts';
import type { ListsMessage } from '../../shared/jobs/contract/messages.ts';
import { type Fate, fateOf } from '../../shared/jobs/outcome.ts';
import type { KlaviyoClient } from '../../shared/klaviyo/index.ts';
import { createApplyChanges } from './apply-changes.ts';
import { createFindConsents } from './find-consents.ts';
import { createFindLists, listNameOf } from './find-lists.ts';
import { createFindMembers } from './find-members.ts';
import { allLinkKeysOf, createFindPeople } from './find-people.ts';
import { createHeedKlaviyo } from './heed-klaviyo.ts';
import { createJobFates } from './job-fates.ts';
import { judge, type SendVerdict, type Verdict } from './judge-changes.ts';
import { coalesce } from './last-words.ts';
import { createLeaseWords, type Words } from './lease-words.ts';
import { type ListChange, ownerOf } from './list-change.ts';
import { createListNames, type ListStore } from './list-names.ts';
import { createLookUpProfiles } from './look-up-profiles.ts';
import { createPrepareChanges } from './prepare-changes.ts';
import type { RepeatLater } from './repeat-later.ts';
import { createSendRequests } from './send-requests.ts';
import type { TellConsents } from './tell-consents.ts';

export interface UpdateListsOptions {
  readonly klaviyo: KlaviyoClient;
  /** The profile ids that links lead to, by link key. */
  readonly readLinks: (linkKeys: readonly string[]) => Promise<ReadonlyMap<string, string>>;
  /** Forgets the profile of those links that still lead to it. */
  readonly forgetLinks: (linkKeys: readonly string[], profileId: string) => Promise<void>;
  readonly words: Words;
  readonly tell: TellConsents;
  readonly listStore: ListStore;
  readonly repeatLater: RepeatLater;
  /** @default the system's clock */
  readonly now?: () => number;
  /** From 0 up to 1. @default Math.random */
  readonly random?: () => number;
}

const newer: Fate = { kind: 'superseded', by: 'newer' };

/** The fate of a change that is not to be sent now. */
const fateOfVerdict = (verdict: Exclude<Verdict, SendVerdict>): Fate =>
  verdict.kind === 'wait'
    ? { kind: 'later', waitMs: verdict.waitMs, reason: 'settling' }
    : { kind: 'superseded', by: verdict.by };

/**
 * The consumer of `lists`. People's last words are leased, the changes that hold are sent, and what
 * was done is remembered before any job leaves the queue. So a crash at any point only means that
 * jobs come back; each is then judged anew by what is remembered, and none overtakes a newer one.
 */
export const createUpdateLists = ({
  klaviyo,
  readLinks,
  forgetLinks,
  words,
  tell,
  listStore,
  repeatLater,
  now = Date.now,
  random = Math.random,
}: UpdateListsOptions): HandleJobs<ListsMessage, Connection> => {
  const listNames = createListNames({ klaviyo, store: listStore, now });
  const lookUpProfiles = createLookUpProfiles({ klaviyo });
  const prepareChanges = createPrepareChanges({
    findLists: createFindLists({ listNames }),
    findPeople: createFindPeople({ readLinks, lookUpProfiles, now }),
    now,
  });
  const leaseWords = createLeaseWords({ words, now, random });
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
    fate: Fate,
    memoryKey: string,
  ): Promise<Fate> => {
    const isGone = fate.kind === 'refused' && fate.reason === 'unknown_list';
    if (!isGone || listId === undefined || listNameOf(job) === undefined) return fate;
    await listNames.forget(memoryKey, listId);
    return { kind: 'retry', errorCode: 'list_of_this_name_is_gone' };
  };

  /** A link may lead to a profile that was deleted: the person is looked for without it. */
  const lookAnew = async (
    { job, kind, person }: ListChange,
    fate: Fate,
    memoryKey: string,
  ): Promise<Fate> => {
    const profileId = ownerOf(kind, person);
    const isGone = fate.kind === 'refused' && fate.reason === 'unknown_person';
    if (!isGone || !person.isLinked || profileId === undefined) return fate;
    try {
      await forgetLinks(allLinkKeysOf(memoryKey, job), profileId);
      return { kind: 'later', waitMs: 1_000, reason: 'awaiting_profile' };
    } catch (error) {
      return fateOf(error);
    }
  };

  return async (jobs, connection, context) => {
    const fates = createJobFates();
    const decide = ({ job }: Pick<ListChange, 'job'>, fate: Fate) => fates.add(job.id, fate);

    const changes = await prepareChanges(jobs, connection, context, (job, fate) =>
      decide({ job }, fate),
    );
    const { standing, overridden } = coalesce(changes);
    for (const change of overridden) decide(change, newer);

    const remembered = await leaseWords(standing, decide);
    const verdicts = judge(remembered.leased, (key) => remembered.of(key).words, now());
    const toSend: SendVerdict[] = [];
    for (const verdict of verdicts)
      if (verdict.kind === 'send') toSend.push(verdict);
      else decide(verdict.change, fateOfVerdict(verdict));

    const toldOf = ({ keys }: ListChange) => keys.flatMap((key) => remembered.of(key).told);
    const heeded = await heedKlaviyo(toSend, toldOf, connection.klaviyo, context, decide);
    const sentFromMs = now();
    const applied = await applyChanges(heeded, connection, context);
    const memoryKey = memoryKeyOf(connection.settings);
    for (const { change, fate } of await remembered.save(applied, sentFromMs))
      decide(change, await lookAnew(change, await askAnew(change, fate, memoryKey), memoryKey));
    return fates.all();
  };
};
