/** The right to change the tokens of a connection: one holder at a time, in all of the stage. */
import { setTimeout as sleepFor } from 'node:timers/promises';
import { PassingError } from '../platform/passing-error.ts';

interface TokenLease {
  /** Gives it up, after a rest where one is named; without that, it ends by itself after a while. */
  release(restMs?: number): Promise<void>;
}

/** For the work under a lease. */
export interface HeldLease {
  /** Nobody has the lease for so long after the work. */
  rest(ms: number): void;
}

export interface TokenLeases {
  /** Undefined while somebody else has it. */
  take(connectionId: string): Promise<TokenLease | undefined>;
}

export interface WithTokenLeaseOptions {
  readonly leases: TokenLeases;
  /** @default the system's clock */
  readonly now?: (() => number) | undefined;
  /** @default a timer */
  readonly sleep?: ((ms: number) => Promise<void>) | undefined;
}

/**
 * Does the work under the lease of the connection. While somebody else has the lease, `elsewhere`
 * is asked again and again, and what it finds spares the work.
 * @throws PassingError when neither comes in time.
 */
export type WithTokenLease = <T>(
  connectionId: string,
  work: (lease: HeldLease) => Promise<T>,
  elsewhere?: () => Promise<T | undefined>,
) => Promise<T>;

/** A function has this much to spare beside its calls; whoever waits longer goes back to the queue. */
const longestWaitMs = 10_000;
const firstWaitMs = 50;
const longestPauseMs = 1_000;

export const createWithTokenLease =
  ({ leases, now = Date.now, sleep = sleepFor }: WithTokenLeaseOptions): WithTokenLease =>
  async (connectionId, work, elsewhere) => {
    const giveUpAtMs = now() + longestWaitMs;
    for (let pauseMs = firstWaitMs; ; pauseMs = Math.min(2 * pauseMs, longestPauseMs)) {
      const lease = await leases.take(connectionId);
      if (lease !== undefined) {
        let restMs = 0;
        const rest = (ms: number) => {
          restMs = ms;
        };
        try {
          return await work({ rest });
        } finally {
          await lease.release(restMs).catch(() => undefined); // it ends by itself
        }
      }
      if (now() >= giveUpAtMs)
        throw new PassingError(`the tokens of connection ${connectionId} are held elsewhere`);
      await sleep(pauseMs * (0.5 + Math.random()));
      const found = await elsewhere?.();
      if (found !== undefined) return found;
    }
  };
