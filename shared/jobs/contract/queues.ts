/** The job queues: everything that infrastructure and code must agree on, one record each. */
import type * as z from 'zod';
import { consumerEnvironment, customersEnvironment } from '../../platform/contract/environment.ts';
import { customersMessage, eventsMessage, listsMessage } from './messages.ts';

export interface QueueContract<
  M extends z.ZodType = z.ZodType,
  E extends typeof consumerEnvironment = typeof consumerEnvironment,
> {
  /** Also the folder under functions/, the construct's id, the log's `service`, the runbook's anchor. */
  readonly name: string;
  readonly message: M;
  readonly environment: E;
  /** Messages a consumer is given at most, and how long the poller gathers them. */
  readonly batchSize: number;
  readonly batchingWindowSeconds: number;
  readonly timeoutSeconds: number;
  /** A backstop against crash loops alone: every ordinary end of a job is decided in code. */
  readonly maxReceiveCount: number;
  /** The oldest message's age that raises the alarm. */
  readonly staleAfterSeconds: number;
}

const shared = {
  batchingWindowSeconds: 1, // the least that AWS takes for batches above 10
  timeoutSeconds: 60, // the longest hold for a permit (20 s), a call's timeout (10 s), and margin
  maxReceiveCount: 50,
  staleAfterSeconds: 3_600,
} as const;

export const customersQueue = {
  ...shared,
  name: 'customers',
  message: customersMessage,
  environment: customersEnvironment,
  batchSize: 100, // tier L leaves a batch about 8 s of calls
} as const satisfies QueueContract;

export const listsQueue = {
  ...shared,
  name: 'lists',
  message: listsMessage,
  environment: consumerEnvironment,
  batchSize: 1_000, // a batch becomes one call of up to 1,000 people
} as const satisfies QueueContract;

export const eventsQueue = {
  ...shared,
  name: 'events',
  message: eventsMessage,
  environment: consumerEnvironment,
  batchSize: 1_000, // one bulk request, or 17 s of single calls at tier XL's steady limit
} as const satisfies QueueContract;

export const jobQueues = [customersQueue, listsQueue, eventsQueue] as const;

/** Out of the bridge: the other system reads it, so it has no consumer here. */
export const inboundQueue = { name: 'inbound', staleAfterSeconds: 86_400 } as const;
