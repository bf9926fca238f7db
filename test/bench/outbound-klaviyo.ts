/** Klaviyo in a process of its own, without limits, for the outbound benchmark. */
import { startKlaviyoSimulator } from '../../local/klaviyo/simulator.ts';
import {
  accountIdOf,
  type KlaviyoOptions,
  type KlaviyoReport,
  keyOf,
  listOf,
} from './outbound-contract.ts';

const { accounts }: KlaviyoOptions = JSON.parse(process.argv[2] ?? '{}');

const simulator = await startKlaviyoSimulator({
  rateLimits: 'off',
  accounts: Array.from({ length: accounts }, (_, account) => ({
    id: accountIdOf(account),
    privateKeys: [{ key: keyOf(account) }],
    lists: [listOf],
  })),
});
process.send?.({ url: simulator.url });
process.on('message', () => {
  const all = simulator.calls();
  const sum = (test: (status: number) => boolean) =>
    all.filter(({ status }) => test(status)).reduce((total, { count }) => total + count, 0);
  process.send?.({
    accepted: sum((status) => status >= 200 && status < 300),
    refused: sum((status) => status >= 300 || status === 0),
  } satisfies KlaviyoReport);
});
process.on('disconnect', () => process.exit());
