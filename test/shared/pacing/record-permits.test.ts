import { expect, test } from 'vitest';
import { createPermits } from '../../../shared/pacing/create-permits.ts';
import { recordUse } from '../../../shared/pacing/record-permits.ts';
import { createMemoryLog } from '../../support/memory-log.ts';
import { createMemoryQuotaTable, openMemoryQuotaStore } from '../../support/memory-quota-store.ts';

test('says how much of the limit all processes use, with the one that shares the ledger', async () => {
  const { lines, metrics } = createMemoryLog();
  const store = openMemoryQuotaStore(createMemoryQuotaTable());
  const take = async (onUse?: ReturnType<typeof recordUse>) => {
    const permits = createPermits({ store, onUse });
    const request = {
      quotaScope: 'account',
      endpoint: 'POST /api/events',
      tier: 'S' as const, // 60 a minute
      throttle: { share: 1 },
      notAfterMs: Date.now() + 10_000,
      returning: false,
    };
    (await permits.take(request)).report({ kind: 'answered', atMs: Date.now() });
    await permits.flush();
  };
  await take();
  await take(recordUse(metrics));
  metrics.flush();
  const { QuotaUsed, operation } = JSON.parse(lines[0] ?? '');
  expect(operation).toBe('POST /api/events');
  expect([QuotaUsed].flat()[0]).toBe(3); // two of sixty, in percent
});
