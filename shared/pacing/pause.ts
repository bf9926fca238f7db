/** A wait that can be cut short. */
import type { Clock } from './clock.ts';

export interface Pause {
  /** Resolves at the instant, sooner when woken, and after a while in any case. */
  until(instantMs: number): Promise<void>;
  wake(): void;
}

/** Timers count to 24 days only, and whoever waits this long may as well look again. */
const longestMs = 60_000;

export const createPause = (clock: Clock): Pause => {
  let wake = (): void => {};
  return {
    until: (instantMs) =>
      new Promise((resolve) => {
        const delayMs = Math.max(0, Math.min(longestMs, instantMs - clock.nowMs()));
        const cancel = clock.after(delayMs, resolve);
        wake = () => {
          cancel();
          resolve();
        };
      }),
    wake: () => wake(),
  };
};
