import type { CallRecord } from '../klaviyo/index.ts';
import type { Logger } from './logger.ts';
import type { Metrics } from './metrics.ts';

/**
 * Counts Klaviyo calls by operation and class of status, and notes how long each waited for its
 * permit. What came in the place of an answer is told.
 */
export const recordCall =
  (metrics: Metrics, logger: Logger) =>
  ({ operation, quotaScope, status, permitWaitMs, foreign }: CallRecord): void => {
    const statusClass = status === undefined ? 'none' : `${Math.floor(status / 100)}xx`;
    metrics.add('KlaviyoCalls', 1, { operation, status: status === 429 ? '429' : statusClass });
    metrics.add('PermitWait', permitWaitMs, { operation });
    if (foreign === undefined) return;
    metrics.add('ForeignAnswers', 1, { status: String(foreign.status) });
    logger.warn("an answer was not Klaviyo's", { operation, quotaScope, ...foreign });
  };
