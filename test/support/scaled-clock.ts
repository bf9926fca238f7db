/** The machine's clock, faster: the same in every process that shares scale and origin. */
import type { Clock } from '../../shared/pacing/clock.ts';

/** How often a second passes in one, and when the fast time was the real one. */
export interface TimeScale {
  readonly scale: number;
  readonly originMs: number;
}

export const realNowMs = (): number => performance.timeOrigin + performance.now();

export const createScaledClock = ({ scale, originMs }: TimeScale): Clock => ({
  nowMs: () => Math.floor(originMs + (realNowMs() - originMs) * scale),
  after: (delayMs, task) => {
    const timer = setTimeout(task, delayMs / scale);
    return () => clearTimeout(timer);
  },
});
