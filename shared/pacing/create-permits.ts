/**
 * The pacing port of the Klaviyo client: callers take permits one by one, and all callers of one
 * endpoint and account in this process are served from reservations that are made for them together,
 * each in one write of the ledger that all processes share.
 */
import { type PermitRequest, type Permits, tiers } from '../klaviyo/index.ts';
import { quotaKeys } from '../platform/contract/tables.ts';
import { type CallsInFlight, createCallsInFlight } from './calls-in-flight.ts';
import { type Clock, systemClock } from './clock.ts';
import { createEndpointQueue, type EndpointQueue } from './endpoint-queue.ts';
import { livePermits } from './ledger.ts';
import { paceOf } from './pace.ts';
import type { QuotaStore } from './quota-store.ts';
import { createSharedLedger, type OperationAt, type SharedLedger } from './shared-ledger.ts';

/** What an operator may want to know of. */
export type PermitsEvent = {
  readonly quotaScope: string;
  readonly endpoint: string;
} & (
  | { /** Klaviyo refused a call in spite of all. */ readonly kind: 'refused' }
  | { /** The ledger is gone or set back: a minute's block. */ readonly kind: 'ledger-lost' }
  | { /** No permits for now. */ readonly kind: 'store-failed'; readonly error: unknown }
);

/** How much of an account's limit is used, by all processes together. */
export interface QuotaUse {
  readonly quotaScope: string;
  readonly endpoint: string;
  /** Of Klaviyo's own limit per minute, from 0 to 1. */
  readonly usedShare: number;
}

export interface PermitsOptions {
  readonly store: QuotaStore;
  /** @default the machine's clock */
  readonly clock?: Clock;
  /** From 0 up to 1. @default Math.random */
  readonly random?: () => number;
  /** @default nobody is told */
  readonly onEvent?: (event: PermitsEvent) => void;
  /** Told after each change of a ledger. @default nobody is told */
  readonly onUse?: ((use: QuotaUse) => void) | undefined;
}

/** One account's calls in this process. */
interface Scope {
  readonly callsInFlight: CallsInFlight;
  readonly queues: Map<string, EndpointQueue>;
}

export const createPermits = (options: PermitsOptions): Permits => {
  const { store, clock = systemClock, random = Math.random, onEvent = () => {}, onUse } = options;
  const scopes = new Map<string, Scope>();

  const scopeOf = (quotaScope: string): Scope => {
    const known = scopes.get(quotaScope);
    if (known) return known;
    const scope = { callsInFlight: createCallsInFlight(clock), queues: new Map() };
    scopes.set(quotaScope, scope);
    return scope;
  };

  /** The same ledger; who reserves learns how full it is, which nobody else would read it for. */
  const withUse = (ledger: SharedLedger, { quotaScope, endpoint, tier }: PermitRequest) =>
    onUse === undefined
      ? ledger
      : {
          commit: async (operationAt: OperationAt) => {
            const committed = await ledger.commit(operationAt);
            const used = livePermits(committed.ledger, clock.nowMs());
            onUse({ quotaScope, endpoint, usedShare: used / tiers[tier].steady });
            return committed;
          },
        };

  const openQueue = (scope: Scope, request: PermitRequest) => {
    const { quotaScope, endpoint, tier, throttle } = request;
    const pace = paceOf(tier, throttle.share);
    const tell = (event: { kind: 'refused' | 'ledger-lost' }) =>
      onEvent({ quotaScope, endpoint, ...event });
    const ledger = createSharedLedger({
      store,
      key: quotaKeys.ledger(quotaScope, endpoint),
      pace,
      clock,
      random,
      onLost: () => tell({ kind: 'ledger-lost' }),
    });
    return createEndpointQueue({
      endpoint,
      pace,
      clock,
      callsInFlight: scope.callsInFlight,
      ledger: withUse(ledger, request),
      onFailed: (error) => onEvent({ quotaScope, endpoint, kind: 'store-failed', error }),
      onEnded: ({ kind }) => {
        if (kind === 'throttled') tell({ kind: 'refused' });
        // A cap on calls in flight holds for all endpoints together.
        for (const queue of scope.queues.values()) queue.proceed();
      },
    });
  };

  const queueOf = (request: PermitRequest): EndpointQueue => {
    const scope = scopeOf(request.quotaScope);
    // Connections with throttles of their own share the ledger, as processes do.
    const name = `${request.endpoint}#${request.tier}#${request.throttle.share}`;
    const known = scope.queues.get(name);
    if (known) return known;
    const queue = openQueue(scope, request);
    scope.queues.set(name, queue);
    return queue;
  };

  const forgetIdle = (): void => {
    for (const [quotaScope, { queues }] of scopes) {
      for (const [name, queue] of queues) if (queue.isIdle()) queues.delete(name);
      if (queues.size === 0) scopes.delete(quotaScope);
    }
  };

  return {
    take: async (request) => queueOf(request).take(request),
    async flush() {
      const queues = [...scopes.values()].flatMap((scope) => [...scope.queues.values()]);
      await Promise.all(queues.map((queue) => queue.flush()));
      forgetIdle();
    },
  };
};
