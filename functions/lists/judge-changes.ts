/** Which changes are sent now, given what is remembered of the people whom they are about. */
import type { ListWord } from '../../shared/people/contract/list-decisions.ts';
import { compareWords } from '../../shared/people/contract/source-times.ts';
import {
  createPeers,
  isConsent,
  isLater,
  narrow,
  overrides,
  type Said,
  saidOf,
  sameMatter,
  wordsOf,
} from './last-words.ts';
import type { ListChange } from './list-change.ts';

export type Verdict = { readonly change: ListChange } & (
  | {
      readonly kind: 'send';
      /** The newer word about the membership that this change will undo. */
      readonly repeat: ListWord | undefined;
    }
  | { readonly kind: 'superseded'; readonly by: 'newer' | 'same_content' }
  | { readonly kind: 'wait'; readonly waitMs: number }
);

export type SendVerdict = Extract<Verdict, { kind: 'send' }>;

/**
 * Klaviyo accepts consents at once and carries them out within about a minute, and says nothing of
 * their order: what depends on one waits for so long.
 */
export const settlesAfterMs = 60_000;

/** Whether a change must not be on its way while this word is. */
const dependsOn = (change: ListChange, word: Said): boolean => {
  const { kind, listId, on, scope } = change;
  const sameList = listId !== undefined && listId === word.listId;
  if (kind === 'membership') return sameList && isConsent(word) && !(word.on && on);
  const reachesAll = kind === 'sms' || (on ? word.listId === undefined : scope === 'everywhere');
  const opposite = word.kind === kind && word.on !== on && reachesAll && scope !== 'membership';
  if (on) return opposite || (sameList && isConsent(word) && !word.on);
  // What an unsubscription does depends on who is on the list at that moment.
  return opposite || sameList;
};

/**
 * Unsubscriptions of one person from one list on two channels go as one: after the first the person
 * is no longer on the list, and would be unsubscribed from everything by the second.
 */
const goTogether = (a: ListChange, b: ListChange): boolean =>
  [a, b].every(({ kind, on, scope }) => kind !== 'membership' && !on && scope !== 'membership') &&
  a.listId === b.listId &&
  a.scope === b.scope;

interface Ahead {
  readonly keys: readonly string[];
  readonly change: ListChange;
  readonly waitMs: number;
}

/** For how long a change waits for those of its own batch that come before it. */
const behindMs = (change: ListChange, { change: ahead, waitMs }: Ahead): number => {
  if (!wordsOf(ahead).some((word) => dependsOn(change, word))) return 0;
  return goTogether(ahead, change) ? waitMs : waitMs + settlesAfterMs;
};

const settlingMs = (change: ListChange, word: ListWord, nowMs: number): number =>
  word.outcome !== 'needless' && dependsOn(change, word)
    ? word.decidedAtMs + settlesAfterMs - nowMs
    : 0;

/** The same consent, decided before in all that it says: a message that came twice. */
const isRepeated = (change: ListChange, words: readonly ListWord[]): boolean =>
  isConsent(saidOf(change)) &&
  wordsOf(change).every((said) =>
    words.some(
      (word) =>
        word.outcome !== 'maybe_sent' &&
        sameMatter(word, said) &&
        word.on === said.on &&
        compareWords(word, said) === 0,
    ),
  );

const undoes = (change: ListChange, word: ListWord): boolean =>
  isConsent(saidOf(change)) &&
  !isConsent(word) &&
  word.listId === change.listId &&
  word.on !== change.on &&
  isLater(word, saidOf(change));

const inOrder = (a: Said, b: Said): number => (isLater(a, b) ? 1 : isLater(b, a) ? -1 : 0);

/** The last of them: the same is remembered under several keys, under some of them an older one. */
const lastUndone = (change: ListChange, words: readonly ListWord[]): ListWord | undefined =>
  words
    .filter((word) => undoes(change, word))
    .toSorted(inOrder)
    .at(-1);

/** Judges changes that leave each other standing. Every one gets its verdict. */
export const judge = (
  standing: readonly ListChange[],
  wordsOfKey: (key: string) => readonly ListWord[],
  nowMs: number,
): Verdict[] => {
  const ordered = standing.toSorted((a, b) => inOrder(saidOf(a), saidOf(b)));
  const peersOf = createPeers(ordered);
  const ahead = new Map<ListChange, Ahead>();

  const judgeOne = (judged: ListChange): Verdict => {
    const words = judged.keys.flatMap(wordsOfKey);
    if (words.some((word) => overrides(word, judged)))
      return { kind: 'superseded', change: judged, by: 'newer' };
    const change = narrow(judged, words);
    if (isRepeated(change, words)) return { kind: 'superseded', change, by: 'same_content' };
    const before = peersOf(judged).flatMap((peer) => ahead.get(peer) ?? []);
    const waitMs = Math.max(
      0,
      ...words.map((word) => settlingMs(change, word, nowMs)),
      ...before.map((one) => behindMs(change, one)),
    );
    ahead.set(judged, { keys: change.keys, change, waitMs });
    if (waitMs > 0) return { kind: 'wait', change, waitMs };
    return { kind: 'send', change, repeat: lastUndone(change, words) };
  };

  return ordered.map(judgeOne);
};
