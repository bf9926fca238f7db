/** Random histories of a ledger, with what really became of each permit. */
import { apply, type Ledger, newLedger } from '../../shared/pacing/ledger.ts';
import type { Pace } from '../../shared/pacing/pace.ts';
import type { Receipt } from '../../shared/pacing/reservations.ts';
import { createRandom } from './seeded-random.ts';

export interface HistoryOptions {
  readonly seed: number;
  readonly pace: Pace;
  /** Paces of others who ask, alternately. @default none */
  readonly otherPaces?: readonly Pace[];
  readonly steps: number;
  /** The most permits that are wanted at once. */
  readonly mostWanted: number;
}

export interface LedgerHistory {
  /** The ledger after each step. */
  readonly ledgers: readonly Ledger[];
  /** The instants for which permits were planned, in the order of their commits. */
  readonly plannedMs: readonly number[];
  /** When calls reached Klaviyo, in order. */
  readonly arrivalsMs: readonly number[];
}

/** What becomes of a permit: not used, answered, or given up although it may have arrived. */
interface Fate {
  readonly arrivedMs?: number;
  readonly answeredMs?: number;
  readonly unansweredMs?: number;
}

type Random = (most: number) => number;

const fateOf = (plannedMs: number, upTo: Random): Fate => {
  const dice = upTo(99);
  if (dice < 10) return {};
  const sentMs = plannedMs + upTo(250);
  if (dice < 13) return { arrivedMs: sentMs + upTo(10_700), unansweredMs: sentMs + 10_000 };
  const answeredMs = sentMs + (dice < 20 ? upTo(10_000) : upTo(800));
  return { arrivedMs: sentMs + upTo(answeredMs - sentMs), answeredMs };
};

const numbers = (values: readonly (number | undefined)[]): number[] =>
  values.filter((value) => value !== undefined);

/** Applies random operations one after the other; processes report late, or die and never do. */
export const playLedger = (options: HistoryOptions): LedgerHistory => {
  const { seed, steps, mostWanted, otherPaces = [] } = options;
  const paces = [options.pace, ...otherPaces];
  const random = createRandom(seed);
  const upTo: Random = (most) => Math.floor(random() * (most + 1));
  let nowMs = 1_700_000_000_000;
  let pending: { receipt: Receipt; dueMs: number }[] = [];
  const ledgers = [newLedger(nowMs)];
  const plannedMs: number[] = [];
  const arrivalsMs: number[] = [];

  const use = ({ id, firstMs, gapMs }: Receipt, count: number): void => {
    const planned = Array.from({ length: count }, (_, j) => firstMs + j * gapMs);
    const fates = planned.map((instantMs) => fateOf(instantMs, upTo));
    plannedMs.push(...planned);
    arrivalsMs.push(...numbers(fates.map(({ arrivedMs }) => arrivedMs)));
    const answeredMs = numbers(fates.map((fate) => fate.answeredMs));
    const unansweredMs = numbers(fates.map((fate) => fate.unansweredMs));
    const dueMs = Math.max(nowMs, ...answeredMs, ...unansweredMs) + upTo(2_000);
    const receipt = { id, firstMs, gapMs, answeredMs, unansweredMs };
    if (upTo(99) >= 5) pending.push({ receipt, dueMs });
  };

  for (let step = 0; step < steps; step += 1) {
    nowMs += upTo(9) < 3 ? upTo(15_000) : upTo(1_000);
    const operation = {
      receipts: pending.filter(({ dueMs }) => dueMs <= nowMs).map(({ receipt }) => receipt),
      wanted: { returning: upTo(mostWanted), fresh: upTo(mostWanted) },
      fromMs: nowMs + 10,
      untilMs: nowMs + upTo(25_000),
      ...(upTo(99) < 2 ? { refusedUntilMs: nowMs + upTo(30_000) } : {}),
    };
    pending = pending.filter(({ dueMs }) => dueMs > nowMs);
    const { ledger, grant } = apply(
      ledgers.at(-1) as Ledger,
      nowMs,
      operation,
      paces[step % paces.length] as Pace,
    );
    ledgers.push(ledger);
    const { id, firstMs, gapMs, count } = grant;
    if (count > 0) use({ id, firstMs, gapMs, answeredMs: [], unansweredMs: [] }, count);
  }
  return { ledgers, plannedMs, arrivalsMs: arrivalsMs.sort((a, b) => a - b) };
};
