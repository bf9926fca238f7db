/** Who has to leave the line, and when to come back. */
import type { Grant } from './ledger.ts';
import type { Slot } from './own-reservation.ts';
import type { Waiter } from './waiting-line.ts';

export interface Dismissal {
  readonly waiter: Waiter;
  readonly turnMs: number;
}

const isReturning = ({ request }: Waiter): boolean => request.returning;

/** Those without a permit to whom the ledger gave a turn. */
export const withTurns = (
  asked: readonly Waiter[],
  { count, turnsMs }: Pick<Grant, 'count' | 'turnsMs'>,
): Dismissal[] => {
  const rest = asked.slice(count);
  const pair = (waiters: readonly Waiter[], turns: readonly number[]): Dismissal[] =>
    waiters.flatMap((waiter, i) => {
      const turnMs = turns[i];
      return turnMs === undefined ? [] : [{ waiter, turnMs }];
    });
  return [
    ...pair(rest.filter(isReturning), turnsMs.returning),
    ...pair(
      rest.filter((waiter) => !isReturning(waiter)),
      turnsMs.fresh,
    ),
  ];
};

/** Those who have less time than the others in line, for whom their permit comes too late. */
export const outOfTime = (
  waiters: readonly Waiter[],
  slots: readonly Slot[],
  nextMs: number,
): Dismissal[] => {
  let served = 0;
  return waiters.flatMap((waiter) => {
    const turnMs = slots[served]?.instantMs ?? nextMs;
    if (turnMs > waiter.request.notAfterMs) return [{ waiter, turnMs }];
    served += 1;
    return [];
  });
};
