/** `bridge connections set-key`: another key of the same account, or none. */
import { createSettingsChanges } from '../../../shared/connections/settings-changes.dynamodb.ts';
import type { Call } from '../command.ts';
import { explainError } from '../explain-error.ts';
import { CommandFailure, noSuchConnection } from '../failure.ts';
import { openStage } from '../open-stage.ts';
import { requireAllowedUrl } from './add-connection.ts';
import { accountOf, type PrivateKeyOptions, readPrivateKey } from './private-key.ts';

export const setKey = async ({ args, options, terminal }: Call<PrivateKeyOptions>) => {
  const connectionId = String(args[0]);
  const stage = await openStage(options);
  const { connections, tokens, clients, resources } = stage;
  const settings = await connections.read(connectionId);
  if (settings === undefined) throw noSuchConnection(connectionId, options.stage);
  requireAllowedUrl(stage, settings);
  if (settings.auth === 'oauth')
    throw new CommandFailure(
      `${connectionId} is connected by OAuth: renew that with \`bridge connect ${connectionId}\``,
    );
  const key = await readPrivateKey(terminal, options);
  const { accountId } = await accountOf(stage, settings, key);
  if (settings.accountId !== undefined && settings.accountId !== accountId)
    throw new CommandFailure(
      `the key is of account ${accountId}, and ${connectionId} belongs to ${settings.accountId}: add another connection for it`,
    );
  await tokens.credentials.write(connectionId, { kind: 'private_key', privateKey: key });
  const changes = createSettingsChanges({
    client: clients.dynamodb,
    tableName: resources.connectionsTable,
  });
  // An operator's pause outlives a new key.
  const status = settings.status === 'paused' ? 'paused' : 'connected';
  await changes.set(connectionId, { accountId, status }).catch((error: unknown) => {
    const { line } = explainError(error);
    throw new CommandFailure(`the key of ${connectionId} is replaced, its status is not: ${line}`);
  });
  terminal.result({ connectionId, accountId, status }, () =>
    terminal.line(`replaced the key of ${connectionId}: it is ${status}`),
  );
};
