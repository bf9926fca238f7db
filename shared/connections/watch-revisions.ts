import { isRetired, retiresOn } from '../klaviyo/index.ts';
import { retiringSoonDays } from '../platform/contract/metrics.ts';
import type { Logger } from '../platform/logger.ts';
import type { Metrics } from '../platform/metrics.ts';

interface Listed {
  readonly settings: { readonly connectionId: string; readonly revision: string };
}

export interface WatchRevisionsOptions<T extends Listed> {
  readonly listConnections: () => AsyncIterable<T>;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** @default the system's clock */
  readonly now?: () => number;
}

const dayMs = 86_400_000;

/**
 * The same connections; once all were listed, those whose revision retires soon are counted, and
 * the first time those on a retired one are logged. The retired ones are not counted: Klaviyo
 * serves them as a newer revision, and nothing is left to be in time for.
 */
export const watchRevisions = <T extends Listed>({
  listConnections,
  logger,
  metrics,
  now = Date.now,
}: WatchRevisionsOptions<T>) => {
  let isTold = false;
  return async function* (): AsyncGenerator<T, void, void> {
    const today = new Date(now());
    const soon = new Date(now() + retiringSoonDays * dayMs);
    const retired: string[] = [];
    let retiring = 0;
    for await (const listed of listConnections()) {
      const { connectionId, revision } = listed.settings;
      if (isRetired(revision, today))
        retired.push(`${connectionId}: ${revision}, on ${retiresOn(revision)}`);
      else if (isRetired(revision, soon)) retiring += 1;
      yield listed;
    }
    metrics.add('RevisionsRetiring', retiring);
    if (!isTold && retired.length > 0)
      logger.warn('Klaviyo has retired revisions that connections name', { retired });
    isTold = true;
  };
};
