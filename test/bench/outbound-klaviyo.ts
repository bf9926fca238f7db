/** Klaviyo in a process of its own, without limits, for the outbound benchmark. */
import { startKlaviyoSimulator } from '../../local/klaviyo/simulator.ts';
import {
  accountIdOf,
  type KlaviyoOptions,
  type KlaviyoReport,
  keyOf,
  listOf,
} from './outbound-contract.ts';

const { accounts, latencyMs }: KlaviyoOptions = JSON.parse(process.argv[2] ?? '{}');

const simulator = await startKlaviyoSimulator({
  rateLimits: 'off',
  faults: latencyMs > 0 ? [{ kind: 'latency', latencyMs }] : [],
  accounts: Array.from({ length: accounts }, (_, account) => ({
    id: accountIdOf(account),
    privateKeys: [{ key: keyOf(account) }],
    lists: [listOf],
  })),
});
process.send?.({ url: simulator.url });
process.on('message', () => {
  const failed = simulator.calls().filter(({ status }) => status < 200 || status >= 300);
  const refused = failed.reduce((sum, { count }) => sum + count, 0);
  process.send?.({ refused } satisfies KlaviyoReport);
});
process.on('disconnect', () => process.exit());
