/** Sends rows together, and when Klaviyo refuses them as a whole, all those it has nothing against. */

import { delivered, type Fate, fateOf } from '../../shared/jobs/outcome.ts';
import {
  KlaviyoRequestError,
  KlaviyoServerError,
  KlaviyoUnreachableError,
} from '../../shared/klaviyo/index.ts';

/** Whose fault a refusal is. */
export type Blame<R> =
  /** Of what the rows have in common: none of them will do better. */
  | { readonly kind: 'all'; readonly fate: Fate }
  /** Of these rows: what becomes of each, or the row to send in its place. */
  | { readonly kind: 'some'; readonly rows: ReadonlyMap<R, Fate | { readonly instead: R }> }
  | { readonly kind: 'unknown' };

export interface SendRowsOptions<R> {
  /** One request. */
  readonly send: (rows: readonly R[]) => Promise<void>;
  readonly blame: (error: KlaviyoRequestError, rows: readonly R[]) => Blame<R>;
  /** Told the fate of every row, once. */
  readonly decide: (row: R, fate: Fate) => void;
}

/** The statuses of a request that is refused for what it holds, or for how much: 414 of a filter. */
const contentRefused = new Set([400, 413, 414, 431]);

/**
 * Sends rows in one request where that will do. A refusal that names rows costs those alone: the
 * rest is sent again. One that names none is narrowed down by halves.
 */
export const sendRows = async <R>(
  rows: readonly R[],
  options: SendRowsOptions<R>,
): Promise<void> => {
  const { send, blame, decide } = options;
  if (rows.length === 0) return;
  try {
    await send(rows);
  } catch (error) {
    const blamed = error instanceof KlaviyoRequestError ? blame(error, rows) : undefined;
    if (blamed?.kind === 'some') return sendOthers(rows, blamed.rows, options);
    if (blamed?.kind === 'unknown' && rows.length > 1 && isOfContent(error))
      return sendHalves(rows, options);
    const fate = blamed?.kind === 'all' ? blamed.fate : fateOfFailure(error);
    for (const row of rows) decide(row, fate);
    return;
  }
  for (const row of rows) decide(row, delivered);
};

/** Whether or not it had its effect, a list job may come back: what it says is judged anew then. */
const fateOfFailure = (error: unknown): Fate =>
  error instanceof KlaviyoUnreachableError || error instanceof KlaviyoServerError
    ? { kind: 'retry', errorCode: error.name, operation: error.operation }
    : fateOf(error);

const isOfContent = (error: unknown): boolean =>
  error instanceof KlaviyoRequestError && contentRefused.has(error.status);

const sendOthers = async <R>(
  rows: readonly R[],
  blamed: ReadonlyMap<R, Fate | { readonly instead: R }>,
  options: SendRowsOptions<R>,
): Promise<void> => {
  const others = rows.flatMap((row) => {
    const verdict = blamed.get(row);
    if (verdict === undefined) return [row];
    if ('instead' in verdict) return [verdict.instead];
    options.decide(row, verdict);
    return [];
  });
  await sendRows(others, options);
};

const sendHalves = async <R>(rows: readonly R[], options: SendRowsOptions<R>): Promise<void> => {
  const middle = Math.ceil(rows.length / 2);
  await sendRows(rows.slice(0, middle), options);
  await sendRows(rows.slice(middle), options);
};
