/** Connects accounts to the local stage: by OAuth, through the deployed pages, or by key. */

import { createConnectLink } from '../shared/connections/connect-link.ts';
import { createConnectionStore } from '../shared/connections/connection-store.dynamodb.ts';
import { connectionSettings, secretNames } from '../shared/connections/contract.ts';
import { createCredentialsStore } from '../shared/connections/credentials-store.secrets.ts';
import { createOAuthStateStore } from '../shared/connections/oauth-state-store.dynamodb.ts';
import { type LocalStage, stage } from './boot.ts';

const storesOf = ({ clients, outputs }: LocalStage) => {
  const table = { client: clients.dynamodb, tableName: outputs.ConnectionsTableName ?? '' };
  return {
    connections: createConnectionStore({ ...table, allowAnyApiUrl: true }),
    states: createOAuthStateStore(table),
    credentials: createCredentialsStore({
      client: clients.secrets,
      prefix: secretNames.prefix(stage),
    }),
  };
};

/** Makes a connection to the simulated Klaviyo, and the link that connects an account to it. */
export const prepareConnection = async (
  local: LocalStage,
  connectionId: string,
): Promise<string> => {
  const { connections, states } = storesOf(local);
  await connections.write(
    connectionSettings.parse({
      connectionId,
      status: 'needs_authorisation',
      auth: 'oauth',
      apiUrl: local.klaviyo.url,
      poll: { startFrom: new Date().toISOString() },
    }),
  );
  const connectLink = createConnectLink({
    readSettings: connections.read,
    saveTicket: states.saveTicket,
    publicUrl: local.aws.publicUrl ?? '',
    allowAnyApiUrl: true,
  });
  return (await connectLink(connectionId)).url;
};

/**
 * Presses the link's button as a person would: to Klaviyo, which consents at once, and back.
 * @throws Error when the last page is not the one that says so.
 */
export const clickThrough = async (link: string): Promise<void> => {
  const start = await fetch(link, { method: 'POST', redirect: 'manual' });
  const cookie = start.headers
    .getSetCookie()
    .map((set) => set.split(';')[0])
    .join('; ');
  const consent = await fetch(start.headers.get('location') ?? '', { redirect: 'manual' });
  const callback = consent.headers.get('location') ?? '';
  const page = await fetch(callback, { headers: { cookie } });
  if (!page.ok) throw new Error(`connecting the demo account ended with status ${page.status}`);
};

/** Makes a connection to the real Klaviyo by private key. */
export const connectByKey = async (
  local: LocalStage,
  connectionId: string,
  privateKey: string,
): Promise<void> => {
  const { connections, credentials } = storesOf(local);
  await credentials.write(connectionId, { kind: 'private_key', privateKey });
  await connections.write(
    connectionSettings.parse({
      connectionId,
      status: 'connected',
      auth: 'private_key',
      poll: { startFrom: new Date().toISOString() },
    }),
  );
};
