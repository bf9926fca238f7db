import { setTimeout as sleep } from 'node:timers/promises';
import { CommandFailure } from '../../bin/bridge/failure.ts';

export interface Patience {
  readonly timeoutSeconds: number;
  readonly signal: AbortSignal;
  /** How long to wait between two looks. @default 250 */
  readonly everyMs?: number;
}

/**
 * Looks again and again until there is something to see.
 * @throws CommandFailure when the time is up.
 */
export const waitFor = async <T>(
  look: () => Promise<T | undefined>,
  { timeoutSeconds, signal, everyMs = 250 }: Patience,
): Promise<T> => {
  const untilMs = performance.now() + timeoutSeconds * 1_000;
  for (;;) {
    const seen = await look();
    if (seen !== undefined) return seen;
    if (performance.now() > untilMs)
      throw new CommandFailure(`it has not come about within ${timeoutSeconds} s`);
    await sleep(everyMs, undefined, { signal });
  }
};
