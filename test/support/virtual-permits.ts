/** Permits of several processes over one table, in virtual time. */
import {
  type CallOutcome,
  KlaviyoRateLimitError,
  type Permit,
  type PermitRequest,
} from '../../shared/klaviyo/index.ts';
import { createPermits, type PermitsEvent } from '../../shared/pacing/create-permits.ts';
import type { QuotaStore } from '../../shared/pacing/quota-store.ts';
import { createMemoryQuotaTable, openMemoryQuotaStore } from './memory-quota-store.ts';
import { createRandom } from './seeded-random.ts';
import { createVirtualTime } from './virtual-time.ts';

/** What a caller got, and when. */
export type Taken =
  | { readonly kind: 'permit'; readonly atMs: number; readonly permit: Permit }
  | { readonly kind: 'later'; readonly atMs: number; readonly retryAfterMs: number }
  | { readonly kind: 'failed'; readonly atMs: number; readonly error: unknown };

export const createVirtualPermits = () => {
  const time = createVirtualTime();
  const startMs = time.nowMs();
  const table = createMemoryQuotaTable();
  const random = createRandom(1);

  /** A process of its own; `change` may replace parts of its store. */
  const boot = (change: (store: QuotaStore) => Partial<QuotaStore> = () => ({})) => {
    const process = time.process();
    const { clock } = process;
    const events: PermitsEvent[] = [];
    const real = openMemoryQuotaStore(table, () => process.sleep(3));
    const permits = createPermits({
      store: { ...real, ...change(real) },
      clock,
      random,
      onEvent: (event) => events.push(event),
    });
    /** Takes a permit; instants are relative to the start. */
    const take = async (request: Partial<PermitRequest> = {}): Promise<Taken> => {
      const atMs = () => clock.nowMs() - startMs;
      try {
        const permit = await permits.take({
          quotaScope: 'account',
          endpoint: 'POST /api/events',
          tier: 'L',
          throttle: { share: 1 },
          notAfterMs: clock.nowMs() + 20_000,
          returning: false,
          ...request,
        });
        return { kind: 'permit', atMs: atMs(), permit };
      } catch (error) {
        if (!(error instanceof KlaviyoRateLimitError))
          return { kind: 'failed', atMs: atMs(), error };
        return { kind: 'later', atMs: atMs(), retryAfterMs: error.retryAfterMs };
      }
    };
    const answered = (): CallOutcome => ({ kind: 'answered', atMs: clock.nowMs() });
    /** Takes a permit and makes a call of the given length under it. */
    const call = async (request: Partial<PermitRequest> = {}, lastsMs = 100): Promise<Taken> => {
      const taken = await take(request);
      if (taken.kind !== 'permit') return taken;
      await process.sleep(lastsMs);
      taken.permit.report(answered());
      return taken;
    };
    return { ...process, permits, events, take, call, answered };
  };

  /** Lets so many milliseconds pass. */
  const pass = (ms: number): Promise<void> => time.run(time.nowMs() + ms);
  /** What the callers have got after so many milliseconds. */
  const takenWithin = async (ms: number, callers: readonly Promise<Taken>[]): Promise<Taken[]> => {
    const got: Taken[] = [];
    for (const caller of callers) void caller.then((taken) => got.push(taken));
    await pass(ms);
    return got;
  };
  return { time, startMs, table, boot, pass, takenWithin };
};

export const times = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index));
