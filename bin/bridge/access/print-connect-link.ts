/** `bridge connect`: the link, good once and for half an hour. */

import { createConnectLink } from '../../../shared/connections/connect-link.ts';
import { createOAuthStateStore } from '../../../shared/connections/oauth-state-store.dynamodb.ts';
import type { Call } from '../command.ts';
import { CommandFailure, noSuchConnection } from '../failure.ts';
import { openStage } from '../open-stage.ts';

export const printConnectLink = async ({ args, options, terminal }: Call) => {
  const connectionId = String(args[0]);
  const { allowAnyApiUrl, clients, connections, resources, tokens } = await openStage(options);
  if ((await connections.read(connectionId)) === undefined)
    throw noSuchConnection(connectionId, options.stage);
  if ((await tokens.readApp()) === undefined)
    throw new CommandFailure(
      `stage ${options.stage} has no OAuth app yet: store it with \`bridge oauth-app set\``,
    );
  const { saveTicket } = createOAuthStateStore({
    client: clients.dynamodb,
    tableName: resources.connectionsTable,
  });
  const createLink = createConnectLink({
    readSettings: connections.read,
    saveTicket,
    publicUrl: resources.publicUrl,
    allowAnyApiUrl,
  });
  const { url, expiresAtMs } = await createLink(connectionId);
  const expiresAt = new Date(expiresAtMs).toISOString();
  terminal.result({ connectionId, url, expiresAt }, () => terminal.line(url));
  terminal.note(`good once, until ${expiresAt}: whoever has it can connect an account`);
};
