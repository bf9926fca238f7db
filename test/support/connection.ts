import { connectionSettings } from '../../shared/connections/contract.ts';
import { type Connection, toConnection } from '../../shared/connections/find-connection.ts';

/** A connection by private key, with whatever else a test needs. */
export const connectionOf = (overrides: Record<string, unknown> = {}): Connection =>
  toConnection(
    connectionSettings.parse({
      connectionId: 'acme',
      status: 'connected',
      auth: 'private_key',
      accountId: 'AcCt01',
      ...overrides,
    }),
    async () => 'Klaviyo-API-Key pk_test',
  );
