/** The Klaviyo client against the simulator, without limits unless a test wants them. */
import {
  type KlaviyoSimulatorOptions,
  startKlaviyoSimulator,
} from '../../local/klaviyo/simulator.ts';
import { toConnection } from '../../shared/connections/find-connection.ts';
import { createKlaviyoClient } from '../../shared/klaviyo/index.ts';
import { connectionOf } from './connection.ts';
import { createFreePermits } from './free-permits.ts';

export const startSimulatedKlaviyo = async (
  settings: Record<string, unknown> = {},
  options: KlaviyoSimulatorOptions = {},
) => {
  const simulator = await startKlaviyoSimulator({ rateLimits: 'off', ...options });
  const account = simulator.account();
  const { settings: parsed } = connectionOf({
    accountId: account.id,
    apiUrl: simulator.url,
    ...settings,
  });
  return {
    simulator,
    account,
    klaviyo: createKlaviyoClient({
      permits: createFreePermits().permits,
      sleep: async () => {},
    }),
    connection: toConnection(parsed, async () => 'Klaviyo-API-Key pk_simulated'),
    options: { notAfterMs: Date.now() + 20_000 },
    async [Symbol.asyncDispose]() {
      await simulator.close();
    },
  };
};
