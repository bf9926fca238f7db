/** One call under each way of pacing: ours, and those that it is measured against. */
import { DynamoDB, DynamoDBClient, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import { ApiKeySession, EventsApi, RetryWithExponentialBackoff } from 'klaviyo-api';
import { RateLimiterDynamo, RateLimiterRes } from 'rate-limiter-flexible';
import { type CallOutcome, KlaviyoRateLimitError, tiers } from '../../shared/klaviyo/index.ts';
import { createPermits } from '../../shared/pacing/create-permits.ts';
import { maxPermitWaitMs } from '../../shared/pacing/pace.ts';
import { createQuotaStore } from '../../shared/pacing/quota-store.dynamodb.ts';
import { createScaledClock } from '../support/scaled-clock.ts';
import type { PacingName, WorkerOptions } from './fleet-contract.ts';

export interface Pacing {
  /** Makes one call. The wait until it has to be tried again; undefined: Klaviyo has accepted it. */
  call(isReturning: boolean, notAfterMs: number): Promise<number | undefined>;
  endBatch(): Promise<void>;
  readonly writes: () => number;
}

/** How long a refused message stays away from a queue, where nothing else is known. */
const visibilityMs = 30_000;

const countWrites = (client: Pick<DynamoDBClient, 'middlewareStack'>): (() => number) => {
  let writes = 0;
  client.middlewareStack.add(
    (next, { commandName }) =>
      (args) => {
        if (commandName !== 'GetItemCommand') writes += 1;
        return next(args);
      },
    { step: 'finalizeRequest', priority: 'low' },
  );
  return () => writes;
};

const connectionTo = ({ dynamodbUrl }: WorkerOptions): DynamoDBClientConfig => ({
  endpoint: dynamodbUrl,
  region: 'eu-west-1',
  credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
});

const post = async (url: string): Promise<{ status: number; retryAfterMs: number }> => {
  const response = await fetch(`${url}/api/events`, { method: 'POST', body: '{}' });
  await response.arrayBuffer();
  const retryAfterMs = Number(response.headers.get('retry-after')) * 1_000;
  return { status: response.status, retryAfterMs };
};

const createLedgerPacing = (options: WorkerOptions): Pacing => {
  const { tableName, klaviyoUrl, tier, time } = options;
  const client = new DynamoDBClient(connectionTo(options));
  const writes = countWrites(client);
  const clock = createScaledClock(time);
  const permits = createPermits({ store: createQuotaStore({ client, tableName }), clock });

  const send = async (): Promise<CallOutcome> => {
    const { status, retryAfterMs } = await post(klaviyoUrl);
    const atMs = clock.nowMs();
    return status === 429 ? { kind: 'throttled', atMs, retryAfterMs } : { kind: 'answered', atMs };
  };
  return {
    async call(returning, notAfterMs) {
      const endpoint = 'POST /api/events';
      const request = { quotaScope: 'account', endpoint, tier, throttle: { share: 1 } };
      try {
        const permit = await permits.take({ ...request, returning, notAfterMs });
        const outcome = await send();
        permit.report(outcome);
        return outcome.kind === 'throttled' ? outcome.retryAfterMs : undefined;
      } catch (error) {
        if (error instanceof KlaviyoRateLimitError) return error.retryAfterMs;
        throw error;
      }
    },
    endBatch: () => permits.flush(),
    writes,
  };
};

/** What a limiter says: how long to wait, undefined where the call may be made. */
const waitOf = (limiter: RateLimiterDynamo): Promise<number | undefined> =>
  limiter.consume('account').then(
    () => undefined,
    (error: unknown) => {
      if (error instanceof RateLimiterRes) return error.msBeforeNext;
      if ((error as Error).name === 'ConditionalCheckFailedException') return 0; // lost a race
      throw error;
    },
  );

/**
 * Two shared counters, one for each window. As in the library's own queue, the callers of a process
 * ask one after the other, and whoever is over a limit waits until its window ends.
 */
const createRateLimiterPacing = (options: WorkerOptions): Pacing => {
  const { tableName, klaviyoUrl, tier } = options;
  const storeClient = new DynamoDB(connectionTo(options));
  const writes = countWrites(storeClient);
  const limiterOf = (points: number, duration: number) =>
    new RateLimiterDynamo({
      storeClient,
      tableName,
      tableCreated: true,
      ttlSet: true,
      keyPrefix: `window-${duration}`,
      points,
      duration,
      inMemoryBlockOnConsumed: points,
    });
  const limiters = [limiterOf(tiers[tier].steady, 60), limiterOf(tiers[tier].burst, 1)];
  let previous: Promise<unknown> = Promise.resolve();

  const consume = async (notAfterMs: number): Promise<number | undefined> => {
    for (const limiter of limiters)
      for (;;) {
        const waitMs = await waitOf(limiter);
        if (waitMs === undefined) break;
        if (Date.now() + waitMs > notAfterMs) return waitMs;
        await new Promise((resolve) => setTimeout(resolve, waitMs));
      }
    return undefined;
  };
  const inTurn = (notAfterMs: number): Promise<number | undefined> => {
    const consumed = previous.then(() => consume(notAfterMs));
    previous = consumed.catch(() => {});
    return consumed;
  };
  return {
    async call(_isReturning, notAfterMs) {
      const waitMs = await inTurn(notAfterMs);
      if (waitMs !== undefined) return waitMs;
      const { status, retryAfterMs } = await post(klaviyoUrl);
      return status === 429 ? retryAfterMs : undefined;
    },
    endBatch: async () => {},
    writes,
  };
};

/** No pacing: Klaviyo's own SDK tries again when it is refused, and the queue after that. */
const createSdkPacing = ({ klaviyoUrl }: WorkerOptions): Pacing => {
  const events = new EventsApi(new ApiKeySession('pk_test', new RetryWithExponentialBackoff()));
  events.basePath = klaviyoUrl;
  const body = {
    data: {
      type: 'event' as const,
      attributes: {
        properties: {},
        metric: { data: { type: 'metric' as const, attributes: { name: 'Placed Order' } } },
        profile: { data: { type: 'profile' as const, attributes: { email: 'a@example.com' } } },
      },
    },
  };
  return {
    call: () =>
      events.createEvent(body).then(
        () => undefined,
        (error: { response?: { status?: number } }) => {
          if (error.response?.status === 429) return visibilityMs;
          throw error;
        },
      ),
    endBatch: async () => {},
    writes: () => 0,
  };
};

export const createPacing: Record<PacingName, (options: WorkerOptions) => Pacing> = {
  ledger: createLedgerPacing,
  'rate-limiter-flexible': createRateLimiterPacing,
  'klaviyo-api': createSdkPacing,
};

export const maxPermitWaitOf = ({ tier }: WorkerOptions): number => maxPermitWaitMs[tier];
