/** Sends rows together, and when Klaviyo refuses them as a whole, all those it has nothing against. */

import { delivered, type JobOutcome, outcomeOf } from '../../../shared/jobs/outcome.ts';
import {
  KlaviyoRequestError,
  KlaviyoServerError,
  KlaviyoUnreachableError,
} from '../../../shared/klaviyo/index.ts';
import { chunksOf } from '../../../shared/platform/chunks-of.ts';
import type { Attribution, RowOutcome } from '../rules/attribute-refusal.ts';

export interface SendRowsOptions<R> {
  /** One request. */
  readonly send: (rows: readonly R[]) => Promise<void>;
  readonly attribute: (error: KlaviyoRequestError, rows: readonly R[]) => Attribution<R>;
  /** Told the outcome of every row, once. */
  readonly decide: (row: R, outcome: JobOutcome) => void;
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
  const { send, attribute, decide } = options;
  if (rows.length === 0) return;
  try {
    await send(rows);
  } catch (error) {
    const attributed = error instanceof KlaviyoRequestError ? attribute(error, rows) : undefined;
    if (attributed?.kind === 'some') return sendOthers(rows, attributed.rows, options);
    if (attributed?.kind === 'unknown' && rows.length > 1 && isOfContent(error))
      return sendHalves(rows, options);
    const outcome = attributed?.kind === 'all' ? attributed.outcome : outcomeOfFailure(error);
    for (const row of rows) decide(row, outcome);
    return;
  }
  for (const row of rows) decide(row, delivered);
};

/** Whether or not it had its effect, a list job may come back: it is decided anew then. */
const outcomeOfFailure = (error: unknown): JobOutcome =>
  error instanceof KlaviyoUnreachableError || error instanceof KlaviyoServerError
    ? { kind: 'retry', errorCode: error.name, operation: error.operation }
    : outcomeOf(error);

const isOfContent = (error: unknown): boolean =>
  error instanceof KlaviyoRequestError && contentRefused.has(error.status);

const sendOthers = async <R>(
  rows: readonly R[],
  attributed: ReadonlyMap<R, RowOutcome<R>>,
  options: SendRowsOptions<R>,
): Promise<void> => {
  const others = rows.flatMap((row) => {
    const outcome = attributed.get(row);
    if (outcome === undefined) return [row];
    if ('instead' in outcome) return [outcome.instead];
    options.decide(row, outcome);
    return [];
  });
  await sendRows(others, options);
};

const sendHalves = async <R>(rows: readonly R[], options: SendRowsOptions<R>): Promise<void> => {
  for (const half of chunksOf(rows, Math.ceil(rows.length / 2))) await sendRows(half, options);
};
