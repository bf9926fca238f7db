/** A reservation of this process, and what becomes of each of its permits. */
import type { CallOutcome } from '../klaviyo/index.ts';
import type { Grant } from './ledger.ts';
import type { Receipt } from './reservations.ts';

/** A permit that nobody has used yet. */
export interface Slot {
  readonly instantMs: number;
  /** How its call ended: to be reported once. */
  readonly report: (outcome: CallOutcome) => void;
}

/** The permits of a grant. `onReported` gets the receipt once the outcome of each is known. */
export const slotsOf = (grant: Grant, onReported: (receipt: Receipt) => void): Slot[] => {
  const { id, count, firstMs, gapMs } = grant;
  const answeredMs: number[] = [];
  const unansweredMs: number[] = [];
  let unknown = count;
  const report = (outcome: CallOutcome): void => {
    if (outcome.kind === 'unanswered') unansweredMs.push(outcome.atMs);
    else if (outcome.kind !== 'unused') answeredMs.push(outcome.atMs);
    unknown -= 1;
    if (unknown === 0) onReported({ id, firstMs, gapMs, answeredMs, unansweredMs });
  };
  return Array.from({ length: count }, (_, j) => ({ instantMs: firstMs + j * gapMs, report }));
};
