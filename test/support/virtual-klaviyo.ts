/** Klaviyo in virtual time: takes a while, counts arrivals, and refuses what is over its limits. */
import { createRateWindows, type RateWindowsOptions } from '../../local/klaviyo/rate-windows.ts';
import type { CallOutcome } from '../../shared/klaviyo/index.ts';
import type { VirtualProcess, VirtualTime } from './virtual-time.ts';

export interface VirtualKlaviyo {
  /** One call from a process: there in half the latency, and back in the other. */
  call(process: VirtualProcess, latencyMs: number, timeoutMs?: number): Promise<CallOutcome>;
  /** When calls were sent, in order. */
  readonly sentMs: number[];
  /** When calls arrived, in order. */
  readonly arrivalsMs: number[];
  /** When calls were refused, in order. */
  readonly refusedMs: number[];
}

export const createVirtualKlaviyo = (
  time: VirtualTime,
  options: RateWindowsOptions,
): VirtualKlaviyo => {
  const windows = createRateWindows(options);
  const sentMs: number[] = [];
  const arrivalsMs: number[] = [];
  const refusedMs: number[] = [];

  const arrive = (): number | undefined => {
    arrivalsMs.push(time.nowMs());
    const verdict = windows.take(time.nowMs());
    if (verdict.allowed) return undefined;
    refusedMs.push(time.nowMs());
    return verdict.retryAfterSeconds * 1_000;
  };

  const call: VirtualKlaviyo['call'] = (process, latencyMs, timeoutMs = 10_000) =>
    new Promise((resolve) => {
      const { clock } = process;
      sentMs.push(time.nowMs());
      const giveUp = clock.after(timeoutMs, () =>
        resolve({ kind: 'unanswered', atMs: clock.nowMs() }),
      );
      // The request is on its way, whatever becomes of the process.
      time.after(latencyMs / 2, () => {
        const retryAfterMs = arrive();
        clock.after(latencyMs / 2, () => {
          giveUp();
          const atMs = clock.nowMs();
          resolve(
            retryAfterMs === undefined
              ? { kind: 'answered', atMs }
              : { kind: 'throttled', atMs, retryAfterMs },
          );
        });
      });
    });

  return { call, sentMs, arrivalsMs, refusedMs };
};
