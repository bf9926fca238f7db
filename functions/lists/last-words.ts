/**
 * Whose word counts. Jobs arrive in any order, twice, and in several instances at once; what holds
 * in the end is what would hold had they been carried out in the order in which they happened.
 *
 * - The last word about a person's membership of a list, and about a consent, overrides all older
 *   ones about the same. At the same instant "off" is the later one.
 * - An unsubscription from everything overrides older subscriptions to any list. Where a newer
 *   subscription exists it concerns its own list alone, and nothing where it names none.
 * - E-mail has consent by list, a number has one for all lists: unsubscribed from one list it is
 *   unsubscribed. So that holds for SMS and any list, as far as the unsubscription had an effect.
 * - Being subscribed puts a person on the list and being unsubscribed takes them off it, so a newer
 *   consent overrides an older change of the membership that says the opposite.
 * - The other way round nothing is dropped, since membership says nothing of consent: a late
 *   consent is sent, and the newer membership is then repeated.
 */
import type { ListWord } from '../../shared/people/contract/list-decisions.ts';
import { compareWords } from '../../shared/people/contract/source-times.ts';
import type { ListChange } from './list-change.ts';

export type Said = Pick<ListWord, 'kind' | 'on' | 'occurredAtMs' | 'aheadMs' | 'listId'> & {
  readonly outcome?: ListWord['outcome'];
};

/** Whether one was said after the other. At the same instant the one that grants less is later. */
export const isLater = (a: Said, b: Said): boolean => {
  const order = compareWords(a, b);
  return order > 0 || (order === 0 && !a.on && b.on);
};

export const isConsent = ({ kind }: Said): boolean => kind !== 'membership';

export const sameMatter = (a: Said, b: Said): boolean => a.kind === b.kind && a.listId === b.listId;

/** What a change says: of its list, and of the whole account where it is meant for everything. */
export const wordsOf = ({ kind, listId, on, occurredAtMs, aheadMs, scope }: ListChange): Said[] => {
  const said = { kind, on, occurredAtMs, ...(aheadMs && { aheadMs }) };
  const ofList: Said = listId === undefined ? said : { ...said, listId };
  return scope === 'everywhere' && listId !== undefined ? [ofList, said] : [ofList];
};

export const saidOf = (change: ListChange): Said => wordsOf(change)[0] as Said;

/** Whether this took consent back for more than its own list. */
const endsAll = ({ kind, on, listId, outcome }: Said): boolean =>
  !on &&
  (listId === undefined || (kind === 'sms' && outcome !== undefined && outcome !== 'needless'));

/** Whether a change comes too late, because of this word. */
export const overrides = (word: Said, change: ListChange): boolean => {
  const said = saidOf(change);
  if (!isLater(word, said)) return false;
  if (sameMatter(word, said)) return true;
  if (!isConsent(word)) return false;
  if (isConsent(said))
    return (
      word.kind === said.kind && (said.on ? endsAll(word) : word.on && said.listId === undefined)
    );
  return word.listId === said.listId && word.on !== said.on;
};

/** Who has subscribed since must not lose that: only the change's own list is left then. */
export const narrow = (change: ListChange, words: readonly Said[]): ListChange => {
  const said = saidOf(change);
  if (!isConsent(said) || said.on || said.listId === undefined) return change;
  const subscribedSince = (word: Said) => word.kind === said.kind && word.on && isLater(word, said);
  if (!words.some(subscribedSince)) return change;
  return { ...change, scope: change.kind === 'sms' ? 'membership' : 'list' };
};

/** Finds the changes that are about the same person, by the keys that they share. */
export const createPeers = <T extends { readonly keys: readonly string[] }>(
  changes: readonly T[],
) => {
  const byKey = new Map<string, T[]>();
  for (const change of changes)
    for (const key of change.keys) {
      const peers = byKey.get(key);
      if (peers === undefined) byKey.set(key, [change]);
      else peers.push(change);
    }
  return ({ keys }: { readonly keys: readonly string[] }): T[] => [
    ...new Set(keys.flatMap((key) => byKey.get(key) ?? [])),
  ];
};

/** The changes of a batch that others of the same batch leave standing, and those they override. */
export const coalesce = (
  changes: readonly ListChange[],
): { readonly standing: ListChange[]; readonly overridden: ListChange[] } => {
  const peersOf = createPeers(changes);
  const narrowed = changes.map((change) => narrow(change, peersOf(change).flatMap(wordsOf)));
  const peersAfter = createPeers(narrowed);
  const isOverridden = (change: ListChange) =>
    peersAfter(change).some((peer) => wordsOf(peer).some((word) => overrides(word, change)));
  const standing: ListChange[] = [];
  const overridden: ListChange[] = [];
  for (const change of narrowed) (isOverridden(change) ? overridden : standing).push(change);
  return { standing, overridden };
};

/** There was nothing left to tell Klaviyo of what it may have carried out unanswered before. */
const outcomeAfter = (
  before: ListWord | undefined,
  said: Said,
  outcome: ListWord['outcome'],
): ListWord['outcome'] => {
  const isSame = before?.on === said.on && compareWords(before, said) === 0;
  return outcome === 'needless' && isSame && before.outcome === 'maybe_sent' ? 'sent' : outcome;
};

/** What is remembered once a change is decided: the last word on each matter. */
export const remember = (
  words: readonly ListWord[],
  change: ListChange,
  decision: Pick<ListWord, 'decidedAtMs' | 'outcome'>,
): ListWord[] =>
  wordsOf(change).reduce<ListWord[]>(
    (kept, said) => {
      const before = kept.find((word) => sameMatter(word, said));
      if (before !== undefined && isLater(before, said)) return kept;
      const outcome = outcomeAfter(before, said, decision.outcome);
      return [...kept.filter((word) => word !== before), { ...said, ...decision, outcome }];
    },
    [...words],
  );
