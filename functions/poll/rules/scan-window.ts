/** Which changes a scan asks for, and when it is due. Pure: the time is passed in. */
import type { ConnectionSettings } from '../../../shared/connections/contract.ts';
import type { PollCursor } from '../../../shared/people/contract/poll-cursor.ts';

type PollSettings = ConnectionSettings['poll'];

/** Klaviyo refuses bounds so close to now, and clocks differ. */
const closestToNowMs = 5_000;
/** Before the first profile of any account. */
const beginningMs = Date.parse('2000-01-01T00:00:00Z');
/** Half the time between two runs: a connection is due at the run nearest to its time. */
const earlyMs = 30_000;

const wholeSecond = (ms: number): number => Math.floor(ms / 1_000) * 1_000;

/** The latest instant that can be asked for: a whole second, as Klaviyo's filters are. */
export const latestBoundMs = (nowMs: number): number => wholeSecond(nowMs - closestToNowMs);

/** Where the first scan starts; exclusive, hence a second before the time that is asked for. */
const firstLowerMs = (startFrom: PollSettings['startFrom'], upperMs: number): number => {
  if (startFrom === 'now') return upperMs;
  return wholeSecond(startFrom === 'beginning' ? beginningMs : Date.parse(startFrom)) - 1_000;
};

export interface ScanWindow {
  /** Epoch milliseconds, both exclusive. */
  readonly lowerMs: number;
  readonly upperMs: number;
}

/**
 * What is to be scanned now: nothing while not even a second has passed. The lower bound lies a
 * second before the overlap, because the bounds are exclusive and several profiles share a second.
 */
export const scanWindow = (
  watermarkMs: number | undefined,
  { startFrom, overlapSeconds }: PollSettings,
  nowMs: number,
): ScanWindow | undefined => {
  const upperMs = latestBoundMs(nowMs);
  if (watermarkMs !== undefined && upperMs <= watermarkMs) return undefined;
  const lowerMs =
    watermarkMs === undefined
      ? firstLowerMs(startFrom, upperMs)
      : watermarkMs - overlapSeconds * 1_000 - 1_000;
  return lowerMs < upperMs ? { lowerMs, upperMs } : undefined;
};

/** Whether a run has to look at a connection: it is its time, and nobody else is at it. */
export const isDue = (
  { status, poll }: ConnectionSettings,
  { watermarkMs, begun, leaseUntilMs = 0 }: PollCursor,
  nowMs: number,
): boolean => {
  if (status !== 'connected' || !poll.enabled || leaseUntilMs > nowMs) return false;
  if (begun !== undefined || watermarkMs === undefined) return true;
  return latestBoundMs(nowMs) - watermarkMs >= poll.everySeconds * 1_000 - earlyMs;
};

/** By how much the changes of a connection wait beyond their turn, of those that are due. */
export const lagMs = (watermarkMs: number, everySeconds: number, nowMs: number): number =>
  Math.max(0, nowMs - watermarkMs - Math.max(0, everySeconds - 60) * 1_000);
