/** List jobs into Klaviyo: in few requests, and so that the last word about each person holds. */
import { memoryKeyOf } from '../../shared/contracts/connection.ts';
import type { ListWord } from '../../shared/contracts/lists.ts';
import type { ListsMessage } from '../../shared/contracts/messages.ts';
import type { KlaviyoClient } from '../../shared/klaviyo/index.ts';
import type { HandleJobs } from '../../shared/runtime/consume-queue.ts';
import { type Fate, fateOf } from '../../shared/runtime/fate.ts';
import type { Connection } from '../../shared/runtime/find-connection.ts';
import { createApplyChanges, type Decided, type SendVerdict } from './apply-changes.ts';
import { createFindLists, listNameOf } from './find-lists.ts';
import { createFindMembers } from './find-members.ts';
import { createFindPeople } from './find-people.ts';
import { createJobFates } from './job-fates.ts';
import { judge, type Verdict } from './judge-changes.ts';
import { coalesce, remember } from './last-words.ts';
import type { ListChange } from './list-change.ts';
import { createListNames, type ListStore } from './list-names.ts';
import { createLookUpProfiles } from './look-up-profiles.ts';
import { createPrepareChanges } from './prepare-changes.ts';
import type { RepeatLater } from './repeat-later.ts';
import { createSendRequests } from './send-requests.ts';

/** What came of asking for the last words under a key. */
export type WordLease =
  | { readonly kind: 'leased'; readonly words: readonly ListWord[] }
  | { readonly kind: 'busy' }
  | { readonly kind: 'failed'; readonly error: unknown };

/** The last words about people, those of one person for one writer at a time. */
export interface Words {
  lease(keys: readonly string[]): Promise<ReadonlyMap<string, WordLease>>;
  /** Remembers the words under leased keys, and ends their leases. */
  save(words: ReadonlyMap<string, readonly ListWord[]>): Promise<void>;
}

export interface UpdateListsOptions {
  readonly klaviyo: KlaviyoClient;
  /** The profile ids that links lead to, by link key. */
  readonly readLinks: (linkKeys: readonly string[]) => Promise<ReadonlyMap<string, string>>;
  readonly words: Words;
  readonly listStore: ListStore;
  readonly repeatLater: RepeatLater;
  /** @default the system's clock */
  readonly now?: () => number;
  /** From 0 up to 1. @default Math.random */
  readonly random?: () => number;
}

const newer: Fate = { kind: 'superseded', by: 'newer' };

/** Two that wait for each other's people come back at different times. */
const leasedFate = (random: number): Fate => ({
  kind: 'later',
  waitMs: 3_000 + random * 4_000,
  reason: 'leased',
});

/** The fate of a change that is not to be sent now. */
const fateOfVerdict = (verdict: Exclude<Verdict, SendVerdict>): Fate =>
  verdict.kind === 'wait'
    ? { kind: 'later', waitMs: verdict.waitMs, reason: 'settling' }
    : { kind: 'superseded', by: verdict.by };

const isDone = (fate: Fate): boolean => fate.kind === 'delivered' || fate.kind === 'superseded';

/**
 * The consumer of `lists`. People's last words are leased, the changes that hold are sent, and what
 * was done is remembered before any job leaves the queue. So a crash at any point only means that
 * jobs come back; each is then judged anew by what is remembered, and none overtakes a newer one.
 */
export const createUpdateLists = ({
  klaviyo,
  readLinks,
  words,
  listStore,
  repeatLater,
  now = Date.now,
  random = Math.random,
}: UpdateListsOptions): HandleJobs<ListsMessage, Connection> => {
  const listNames = createListNames({ klaviyo, store: listStore, now });
  const prepareChanges = createPrepareChanges({
    findLists: createFindLists({ listNames }),
    findPeople: createFindPeople({
      readLinks,
      lookUpProfiles: createLookUpProfiles({ klaviyo }),
      now,
    }),
    now,
  });
  const applyChanges = createApplyChanges({
    findMembers: createFindMembers({ klaviyo }),
    sendRequests: createSendRequests({ klaviyo }),
    repeatLater,
    now,
  });

  /** The leased words by key, and the changes for which all of theirs were to be had. */
  const leaseWords = async (
    changes: readonly ListChange[],
    decide: (change: ListChange, fate: Fate) => void,
  ) => {
    const leases = await words.lease(changes.flatMap(({ keys }) => keys));
    const remembered = new Map<string, readonly ListWord[]>();
    for (const [key, lease] of leases)
      if (lease.kind === 'leased') remembered.set(key, lease.words);
    const leased = changes.filter((change) => {
      const missing = change.keys
        .map((key) => leases.get(key))
        .find((one) => one?.kind !== 'leased');
      if (missing === undefined) return true;
      decide(change, missing.kind === 'failed' ? fateOf(missing.error) : leasedFate(random()));
      return false;
    });
    return { remembered, leased };
  };

  /** Ends the leases; what is not remembered is not done either. */
  const saveWords = async (
    remembered: ReadonlyMap<string, readonly ListWord[]>,
    decided: readonly Decided[],
  ): Promise<readonly Decided[]> => {
    const saved = new Map(remembered);
    for (const { change, outcome } of decided) {
      if (outcome === undefined) continue;
      const decision = { decidedAtMs: now(), outcome };
      for (const key of change.keys)
        saved.set(key, remember(saved.get(key) ?? [], change, decision));
    }
    try {
      if (saved.size > 0) await words.save(saved);
      return decided;
    } catch (error) {
      const failed = fateOf(error);
      return decided.map((one) => (isDone(one.fate) ? { ...one, fate: failed } : one));
    }
  };

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

  return async (jobs, connection, context) => {
    const fates = createJobFates();
    const decide = ({ job }: Pick<ListChange, 'job'>, fate: Fate) => fates.add(job.id, fate);

    const changes = await prepareChanges(jobs, connection, context, (job, fate) =>
      decide({ job }, fate),
    );
    const { standing, overridden } = coalesce(changes);
    for (const change of overridden) decide(change, newer);

    const { remembered, leased } = await leaseWords(standing, decide);
    const verdicts = judge(leased, (key) => remembered.get(key) ?? [], now());
    const toSend: SendVerdict[] = [];
    for (const verdict of verdicts)
      if (verdict.kind === 'send') toSend.push(verdict);
      else decide(verdict.change, fateOfVerdict(verdict));

    const applied = await applyChanges(toSend, connection, context);
    for (const { change, fate } of await saveWords(remembered, applied))
      decide(change, await askAnew(change, fate, memoryKeyOf(connection.settings)));
    return fates.all();
  };
};
