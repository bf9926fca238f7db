/**
 * What others use of the same quota: a private key's limits are shared with whoever else holds one
 * for the account. They show as 429s that our own calls cannot explain. Each raises the level by
 * one; from the second on, a tenth of the steady limit is left to them per level. The level halves
 * every half hour, so the share comes back once they are gone.
 */
import { type Pace, scalePace } from './pace.ts';

export interface OutsideUsage {
  /** In thousandths, as of `atMs`. */
  readonly level: number;
  readonly atMs: number;
}

export const noOutsideUsage: OutsideUsage = { level: 0, atMs: 0 };

const halfLifeMs = 1_800_000;
/** However often it shows, three tenths of the limit stay ours to try. */
const mostTenths = 7;
/** Half a level more, which is the first to go. */
const maxLevel = 1_000 * (1 + mostTenths + 0.5);

const levelAt = ({ level, atMs }: OutsideUsage, nowMs: number): number =>
  level * 0.5 ** (Math.max(0, nowMs - atMs) / halfLifeMs);

/** After one more 429 that our own calls do not explain. */
export const noticeOutsideUsage = (outsideUsage: OutsideUsage, nowMs: number): OutsideUsage => ({
  level: Math.min(maxLevel, Math.round(levelAt(outsideUsage, nowMs)) + 1_000),
  atMs: nowMs,
});

/** The pace that is left to us. */
export const paceBeside = (outsideUsage: OutsideUsage, pace: Pace, nowMs: number): Pace => {
  const tenths = Math.floor(levelAt(outsideUsage, nowMs) / 1_000 - 1);
  return tenths > 0 ? scalePace(pace, 1 - tenths / 10) : pace;
};
