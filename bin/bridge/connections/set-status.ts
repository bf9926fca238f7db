/** `bridge connections pause` and `resume`. */
import { createSettingsChanges } from '../../../shared/connections/settings-changes.dynamodb.ts';
import type { Call } from '../command.ts';
import { CommandFailure, noSuchConnection } from '../failure.ts';
import { openStage } from '../open-stage.ts';

export const pauseConnection = async ({ args, options, terminal }: Call) => {
  const connectionId = String(args[0]);
  const { clients, resources } = await openStage(options);
  const table = { client: clients.dynamodb, tableName: resources.connectionsTable };
  const done = await createSettingsChanges(table).set(connectionId, { status: 'paused' });
  if (!done) throw noSuchConnection(connectionId, options.stage);
  terminal.result({ connectionId, status: 'paused' }, () =>
    terminal.line(`paused ${connectionId}: within half a minute its jobs wait in their queues`),
  );
};

export const resumeConnection = async ({ args, options, terminal }: Call) => {
  const connectionId = String(args[0]);
  const { clients, resources, tokens } = await openStage(options);
  const table = { client: clients.dynamodb, tableName: resources.connectionsTable };
  const hasCredentials = (await tokens.credentials.read(connectionId)) !== undefined;
  const status = hasCredentials ? 'connected' : 'needs_authorisation';
  const done = await createSettingsChanges(table).set(connectionId, { status });
  if (!done) throw noSuchConnection(connectionId, options.stage);
  if (!hasCredentials)
    throw new CommandFailure(
      `${connectionId} has no credentials, so its jobs stay held: connect it with \`bridge connect ${connectionId}\` or \`bridge connections set-key ${connectionId}\``,
    );
  terminal.result({ connectionId, status }, () =>
    terminal.line(`resumed ${connectionId}: jobs that were held go on within five minutes`),
  );
};
