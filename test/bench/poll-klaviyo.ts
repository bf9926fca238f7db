/** Klaviyo in a process of its own, at its real limits, with the profiles of a benchmark. */
import { startKlaviyoSimulator } from '../../local/klaviyo/simulator.ts';
import { accountIdOf, type KlaviyoOptions, keyOf } from './poll-contract.ts';

const { accounts, profilesPerAccount, latencyMs }: KlaviyoOptions = JSON.parse(
  process.argv[2] ?? '{}',
);

/** All of them within the hour before, many in each second. */
const updatedAtMs = (n: number): number => Date.now() - 3_600_000 + (n / profilesPerAccount) * 3e6;

const profileOf = (n: number) => ({
  updatedAtMs: updatedAtMs(n),
  attributes: {
    email: `person.${n}@example.com`,
    phone_number: `+3120${String(n).padStart(7, '0')}`,
    external_id: `customer-${n}`,
    first_name: `First ${n}`,
    last_name: `Last ${n}`,
    location: { city: 'Amsterdam', country: 'NL', zip: `10${n % 100} AB` },
    properties: Object.fromEntries(
      Array.from({ length: 10 }, (_, property) => [`property_${property}`, `value ${n}`]),
    ),
  },
});

const simulator = await startKlaviyoSimulator({
  accounts: Array.from({ length: accounts }, (_, account) => ({
    id: accountIdOf(account),
    privateKeys: [{ key: keyOf(account) }],
    profiles: Array.from({ length: profilesPerAccount }, (_, n) => profileOf(n)),
  })),
  faults: latencyMs > 0 ? [{ kind: 'latency', latencyMs }] : [],
});
process.send?.({ url: simulator.url });
process.on('message', () =>
  process.send?.({
    calls: simulator.countCalls(),
    refused: simulator.countCalls({ status: 429 }),
  }),
);
process.on('disconnect', () => process.exit());
