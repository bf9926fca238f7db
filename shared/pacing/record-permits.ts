import type { Logger } from '../platform/logger.ts';
import type { Metrics } from '../platform/metrics.ts';
import type { PermitsEvent, QuotaUse } from './create-permits.ts';

/** Counts and logs what permits are there to prevent: refusals, a lost ledger, no ledger at all. */
export const recordPermits =
  (metrics: Metrics, logger: Logger) =>
  (event: PermitsEvent): void => {
    const { quotaScope, endpoint } = event;
    const fields = { quotaScope, endpoint };
    switch (event.kind) {
      case 'refused':
        metrics.add('Throttled', 1, { operation: endpoint });
        logger.warn('Klaviyo answered 429: something else uses the same quota', fields);
        break;
      case 'ledger-lost':
        metrics.add('LedgerLost');
        logger.warn('the permit ledger was lost: calls are blocked for a minute', fields);
        break;
      case 'store-failed':
        logger.warn('the permit ledger cannot be reached: jobs go back', fields, event.error);
        break;
    }
  };

/** Notes how much of each limit is used, whichever account it is: the highest tells who is busiest. */
export const recordUse =
  (metrics: Metrics) =>
  ({ endpoint, usedShare }: QuotaUse): void =>
    metrics.add('QuotaUsed', Math.round(100 * usedShare), { operation: endpoint });
