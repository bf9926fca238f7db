/** What the processes of a fleet tell each other. */
import type { Tier } from '../../shared/klaviyo/index.ts';
import type { TimeScale } from '../support/scaled-clock.ts';

/** How a worker paces its calls. */
export type PacingName = 'ledger' | 'rate-limiter-flexible' | 'klaviyo-api';

export interface WorkerOptions {
  readonly pacing: PacingName;
  readonly tier: Tier;
  readonly dynamodbUrl: string;
  readonly klaviyoUrl: string;
  readonly tableName: string;
  readonly jobs: number;
  readonly batchSize: number;
  readonly time: TimeScale;
}

export interface WorkerReport {
  /** Requests that change DynamoDB, failed conditions included. */
  readonly writes: number;
}

export interface LimitedServerOptions {
  readonly limit: { readonly burst: number; readonly steady: number };
  readonly alignment: 'epoch' | 'first-request';
  readonly scale: number;
}

export interface LimitedServerReport {
  /** Arrivals of calls, real epoch milliseconds, by whether they were refused. */
  readonly acceptedMs: readonly number[];
  readonly refusedMs: readonly number[];
}
