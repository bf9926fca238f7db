/** Which dead letters a command is about. */
import { InvalidArgumentError } from 'commander';
import { deadLetterAttributes } from '../../../shared/jobs/contract/dead-letters.ts';
import type { DeadLetter } from './dead-letter.ts';

export interface LetterFilter {
  readonly queue?: readonly string[];
  readonly reason?: readonly string[];
  readonly connection?: string;
  /** Epoch milliseconds: given up then or later, and before. */
  readonly since?: number;
  readonly until?: number;
  /** Whole message ids, or beginnings of them. */
  readonly ids?: readonly string[];
}

/** SQS itself gives no reason where it gives up. */
export const moved = 'moved_by_sqs';

/** Somebody else has written one, and it is none of the bridge's. */
export const odd = 'off';

export const reasonOf = ({ reason, oddAttributes }: DeadLetter): string =>
  reason ?? (oddAttributes.includes(deadLetterAttributes.reason) ? odd : moved);

export const isNarrowed = ({
  queue,
  reason,
  connection,
  since,
  until,
  ids,
}: LetterFilter): boolean =>
  [queue, reason, connection, since, until].some((part) => part !== undefined) ||
  (ids ?? []).length > 0;

export const matches = (letter: DeadLetter, filter: LetterFilter): boolean => {
  const { reason, connection, since, until, ids = [] } = filter;
  const isNamed = (id: string) => ids.some((start) => id.startsWith(start));
  return (
    (reason === undefined || reason.includes(reasonOf(letter))) &&
    (connection === undefined || letter.connectionId === connection) &&
    (since === undefined || letter.givenUpAtMs >= since) &&
    (until === undefined || letter.givenUpAtMs < until) &&
    (ids.length === 0 || letter.messages.some(({ id }) => isNamed(id)))
  );
};

const unitMs = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/**
 * An instant: ISO 8601, or so long ago: `30m`, `2h`, `3d`.
 * @throws InvalidArgumentError for anything else.
 */
export const parseInstant = (text: string, nowMs = Date.now()): number => {
  const ago = /^(\d+)([smhd])$/.exec(text);
  if (ago !== null) return nowMs - Number(ago[1]) * unitMs[ago[2] as keyof typeof unitMs];
  const isDated = /^\d{4}-\d{2}-\d{2}/.test(text);
  const instant = isDated ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(instant))
    throw new InvalidArgumentError(
      'must be a time such as 2026-01-31T12:00Z, or 30m, 2h, 3d for ago',
    );
  return instant;
};
