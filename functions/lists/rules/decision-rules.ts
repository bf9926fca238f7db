/**
 * Which statement counts. Jobs arrive in any order, twice, and in several instances at once; what
 * holds in the end is what would hold had they been carried out in the order in which they happened.
 *
 * - The last statement about a person's membership of a list, and about a consent, overrides all older
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
import type { ListDecision } from '../../../shared/people/contract/list-decisions.ts';
import { compareSourceTimes } from '../../../shared/people/contract/source-times.ts';
import type { ListChange } from './list-change.ts';

/** What a change says of a list, or what a decision was about. */
export type ListStatement = Pick<
  ListDecision,
  'kind' | 'on' | 'occurredAtMs' | 'aheadMs' | 'listId'
> & {
  /** Of a decision. */
  readonly delivery?: ListDecision['delivery'];
};

/** Whether one was said after the other. At the same instant the one that grants less is later. */
export const isLater = (a: ListStatement, b: ListStatement): boolean => {
  const order = compareSourceTimes(a, b);
  return order > 0 || (order === 0 && !a.on && b.on);
};

export const isConsent = ({ kind }: ListStatement): boolean => kind !== 'membership';

export const sameMatter = (a: ListStatement, b: ListStatement): boolean =>
  a.kind === b.kind && a.listId === b.listId;

/** What a change says: of its list, and of the whole account where it is meant for everything. */
export const statementsOf = ({
  kind,
  listId,
  on,
  occurredAtMs,
  aheadMs,
  scope,
}: ListChange): ListStatement[] => {
  const statement = { kind, on, occurredAtMs, ...(aheadMs && { aheadMs }) };
  const ofList: ListStatement = listId === undefined ? statement : { ...statement, listId };
  return scope === 'everywhere' && listId !== undefined ? [ofList, statement] : [ofList];
};

export const statementOf = (change: ListChange): ListStatement =>
  statementsOf(change)[0] as ListStatement;

/** Whether this took consent back for more than its own list. */
const endsAll = ({ kind, on, listId, delivery }: ListStatement): boolean =>
  !on &&
  (listId === undefined || (kind === 'sms' && delivery !== undefined && delivery !== 'needless'));

/** Whether a change comes too late, because of this. */
export const overrides = (other: ListStatement, change: ListChange): boolean => {
  const own = statementOf(change);
  if (!isLater(other, own)) return false;
  if (sameMatter(other, own)) return true;
  if (!isConsent(other)) return false;
  if (isConsent(own))
    return (
      other.kind === own.kind && (own.on ? endsAll(other) : other.on && own.listId === undefined)
    );
  return other.listId === own.listId && other.on !== own.on;
};

/** Who has subscribed since must not lose that: only the change's own list is left then. */
export const limitToList = (change: ListChange, others: readonly ListStatement[]): ListChange => {
  const own = statementOf(change);
  if (!isConsent(own) || own.on || own.listId === undefined) return change;
  const subscribedSince = (other: ListStatement) =>
    other.kind === own.kind && other.on && isLater(other, own);
  if (!others.some(subscribedSince)) return change;
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
  const limited = changes.map((change) =>
    limitToList(change, peersOf(change).flatMap(statementsOf)),
  );
  const peersAfter = createPeers(limited);
  const isOverridden = (change: ListChange) =>
    peersAfter(change).some((peer) =>
      statementsOf(peer).some((statement) => overrides(statement, change)),
    );
  const standing: ListChange[] = [];
  const overridden: ListChange[] = [];
  for (const change of limited) (isOverridden(change) ? overridden : standing).push(change);
  return { standing, overridden };
};

/** There was nothing left to tell Klaviyo of what it may have carried out unanswered before. */
const deliveryAfter = (
  before: ListDecision | undefined,
  statement: ListStatement,
  delivery: ListDecision['delivery'],
): ListDecision['delivery'] => {
  const isSame = before?.on === statement.on && compareSourceTimes(before, statement) === 0;
  return delivery === 'needless' && isSame && before.delivery === 'maybe_sent' ? 'sent' : delivery;
};

/** What is remembered once a change is decided: the last decision on each matter. */
export const remember = (
  decisions: readonly ListDecision[],
  change: ListChange,
  { decidedAtMs, delivery }: Pick<ListDecision, 'decidedAtMs' | 'delivery'>,
): ListDecision[] =>
  statementsOf(change).reduce<ListDecision[]>(
    (kept, statement) => {
      const before = kept.find((one) => sameMatter(one, statement));
      if (before !== undefined && isLater(before, statement)) return kept;
      const others = kept.filter((one) => one !== before);
      const known = deliveryAfter(before, statement, delivery);
      return [...others, { ...statement, decidedAtMs, delivery: known }];
    },
    [...decisions],
  );
