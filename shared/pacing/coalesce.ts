/** Keeps the list of runs short, so that the ledger stays within one write unit of DynamoDB. */
import { expiriesAfter, type Run } from './reservations.ts';

/** More settled runs than these are joined. */
const maxSettledRuns = 32;
/** More open runs than these are left to expire by themselves: their receipts come to nothing. */
const maxOpenRuns = 32;

interface Join {
  readonly run: Run;
  /** How much longer its permits count, in all. */
  readonly costMs: number;
}

/** The sequence with the given step that is nowhere earlier than these expiries. */
const cover = (expiries: Float64Array, stepMs: number): Join => {
  const expiresMs = expiries.reduce((most, expiry, j) => Math.max(most, expiry - j * stepMs), 0);
  const costMs = expiries.reduce((sum, expiry, j) => sum + expiresMs + j * stepMs - expiry, 0);
  return { run: { expiresMs, count: expiries.length, stepMs }, costMs };
};

/** The cheapest of a few sequences that cover both runs. */
const join = (a: Run, b: Run): Join => {
  const expiries = expiriesAfter([a, b], 0);
  const spanMs = (expiries.at(-1) ?? 0) - (expiries[0] ?? 0);
  const evenMs = Math.floor(spanMs / (expiries.length - 1));
  const [first, ...others] = [evenMs, a.stepMs, b.stepMs].map((stepMs) => cover(expiries, stepMs));
  return others.reduce((best, other) => (other.costMs < best.costMs ? other : best), first as Join);
};

const inOrder = (runs: readonly Run[]): Run[] => runs.toSorted((a, b) => a.expiresMs - b.expiresMs);

/** Joins neighbours, the cheapest pair first, until at most `most` runs are left. */
const joinDown = (runs: readonly Run[], most: number): Run[] => {
  const left = inOrder(runs);
  const joins = left.slice(1).map((run, i) => join(left[i] as Run, run));
  while (left.length > most) {
    const at = joins.reduce(
      (best, { costMs }, i) => (costMs < (joins[best]?.costMs ?? Infinity) ? i : best),
      0,
    );
    const joined = (joins[at] as Join).run;
    left.splice(at, 2, joined);
    joins.splice(at, 1);
    const [before, after] = [left[at - 1], left[at + 1]];
    if (before) joins[at - 1] = join(before, joined);
    if (after) joins[at] = join(joined, after);
  }
  return left;
};

/** The same permits in fewer runs. An expiry may move later, never earlier. */
export const coalesce = (runs: readonly Run[]): Run[] => {
  const open = inOrder(runs.filter(({ id }) => id !== undefined));
  const forgotten = open
    .slice(0, Math.max(0, open.length - maxOpenRuns))
    .map(({ id: _, ...run }) => run);
  const settled = [...runs.filter(({ id }) => id === undefined), ...forgotten];
  const few = settled.length > maxSettledRuns ? joinDown(settled, maxSettledRuns) : settled;
  return [...few, ...open.slice(forgotten.length)];
};
