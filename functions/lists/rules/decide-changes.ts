/** Which changes are sent now, by the decisions about the people whom they are about. */
import type { ListDecision } from '../../../shared/people/contract/list-decisions.ts';
import { compareSourceTimes } from '../../../shared/people/contract/source-times.ts';
import {
  createPeers,
  isConsent,
  isLater,
  type ListStatement,
  limitToList,
  overrides,
  sameMatter,
  statementOf,
  statementsOf,
} from './decision-rules.ts';
import type { ListChange } from './list-change.ts';

/** What to do with a change now. */
export type NextStep = { readonly change: ListChange } & (
  | {
      readonly kind: 'send';
      /** The newer decision about the membership that this change will undo. */
      readonly repeat: ListDecision | undefined;
    }
  | { readonly kind: 'superseded'; readonly by: 'newer' | 'same_content' }
  | { readonly kind: 'wait'; readonly waitMs: number }
);

export type ChangeToSend = Extract<NextStep, { kind: 'send' }>;

/**
 * For so long a consent is pending. Klaviyo accepts it at once, carries it out within about a minute,
 * and says nothing of the order: what depends on it waits.
 */
export const consentPendingMs = 60_000;

/** Whether a change must not be on its way while this is pending. */
const dependsOn = (change: ListChange, other: ListStatement): boolean => {
  const { kind, listId, on, scope } = change;
  const sameList = listId !== undefined && listId === other.listId;
  if (kind === 'membership') return sameList && isConsent(other) && !(other.on && on);
  const reachesAll = kind === 'sms' || (on ? other.listId === undefined : scope === 'everywhere');
  const opposite = other.kind === kind && other.on !== on && reachesAll && scope !== 'membership';
  if (on) return opposite || (sameList && isConsent(other) && !other.on);
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
  if (!statementsOf(ahead).some((statement) => dependsOn(change, statement))) return 0;
  return goTogether(ahead, change) ? waitMs : waitMs + consentPendingMs;
};

/** For how long a change waits for what was sent before. */
const pendingForMs = (change: ListChange, decision: ListDecision, nowMs: number): number =>
  decision.delivery !== 'needless' && dependsOn(change, decision)
    ? decision.decidedAtMs + consentPendingMs - nowMs
    : 0;

/** The same consent, decided before in all that it says: a message that came twice. */
const isRepeated = (change: ListChange, decisions: readonly ListDecision[]): boolean =>
  isConsent(statementOf(change)) &&
  statementsOf(change).every((statement) =>
    decisions.some(
      (decision) =>
        decision.delivery !== 'maybe_sent' &&
        sameMatter(decision, statement) &&
        decision.on === statement.on &&
        compareSourceTimes(decision, statement) === 0,
    ),
  );

const undoes = (change: ListChange, decision: ListDecision): boolean =>
  isConsent(statementOf(change)) &&
  !isConsent(decision) &&
  decision.listId === change.listId &&
  decision.on !== change.on &&
  isLater(decision, statementOf(change));

const inOrder = (a: ListStatement, b: ListStatement): number =>
  isLater(a, b) ? 1 : isLater(b, a) ? -1 : 0;

/** The last of them: the same is remembered under several keys, under some of them an older one. */
const lastUndone = (
  change: ListChange,
  decisions: readonly ListDecision[],
): ListDecision | undefined =>
  decisions
    .filter((decision) => undoes(change, decision))
    .toSorted(inOrder)
    .at(-1);

/** The next steps of changes that leave each other standing. */
export const decideChanges = (
  standing: readonly ListChange[],
  decisionsOfKey: (key: string) => readonly ListDecision[],
  nowMs: number,
): NextStep[] => {
  const ordered = standing.toSorted((a, b) => inOrder(statementOf(a), statementOf(b)));
  const peersOf = createPeers(ordered);
  const ahead = new Map<ListChange, Ahead>();

  const decideOne = (asked: ListChange): NextStep => {
    const decisions = asked.keys.flatMap(decisionsOfKey);
    if (decisions.some((decision) => overrides(decision, asked)))
      return { kind: 'superseded', change: asked, by: 'newer' };
    const change = limitToList(asked, decisions);
    if (isRepeated(change, decisions)) return { kind: 'superseded', change, by: 'same_content' };
    const before = peersOf(asked).flatMap((peer) => ahead.get(peer) ?? []);
    const waitMs = Math.max(
      0,
      ...decisions.map((decision) => pendingForMs(change, decision, nowMs)),
      ...before.map((one) => behindMs(change, one)),
    );
    ahead.set(asked, { keys: change.keys, change, waitMs });
    if (waitMs > 0) return { kind: 'wait', change, waitMs };
    return { kind: 'send', change, repeat: lastUndone(change, decisions) };
  };

  return ordered.map(decideOne);
};
