import type { CallRecord } from '../klaviyo/index.ts';
import type { Metrics } from './metrics.ts';

/** Counts Klaviyo calls by operation and class of status, and notes how long each waited for its permit. */
export const recordCall =
  (metrics: Metrics) =>
  ({ operation, status, permitWaitMs }: CallRecord): void => {
    const statusClass = status === undefined ? 'none' : `${Math.floor(status / 100)}xx`;
    metrics.add('KlaviyoCalls', 1, { operation, status: status === 429 ? '429' : statusClass });
    metrics.add('PermitWait', permitWaitMs, { operation });
  };
