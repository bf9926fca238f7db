/** Deferrals: who has to leave the line without a permit, and when to come back. */
import type { Grant } from './ledger.ts';
import type { Slot } from './own-reservation.ts';
import type { Waiter } from './waiting-line.ts';

export interface Deferral {
  readonly waiter: Waiter;
  readonly untilMs: number;
}

const isReturning = ({ request }: Waiter): boolean => request.returning;

/** Those without a permit to whom the ledger gave a place in the virtual queue. */
export const deferredBy = (
  asked: readonly Waiter[],
  { count, deferredUntilMs }: Pick<Grant, 'count' | 'deferredUntilMs'>,
): Deferral[] => {
  const rest = asked.slice(count);
  const pair = (waiters: readonly Waiter[], instantsMs: readonly number[]): Deferral[] =>
    waiters.flatMap((waiter, i) => {
      const untilMs = instantsMs[i];
      return untilMs === undefined ? [] : [{ waiter, untilMs }];
    });
  return [
    ...pair(rest.filter(isReturning), deferredUntilMs.returning),
    ...pair(
      rest.filter((waiter) => !isReturning(waiter)),
      deferredUntilMs.fresh,
    ),
  ];
};

/** Those who have less time than the others in line, for whom their permit comes too late. */
export const outOfTime = (
  waiters: readonly Waiter[],
  slots: readonly Slot[],
  nextMs: number,
): Deferral[] => {
  let served = 0;
  return waiters.flatMap((waiter) => {
    const untilMs = slots[served]?.instantMs ?? nextMs;
    if (untilMs > waiter.request.notAfterMs) return [{ waiter, untilMs }];
    served += 1;
    return [];
  });
};
