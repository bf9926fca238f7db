/** `bridge connections remove`: the grant at Klaviyo, the credentials, then all else. */

import { memoryKeyOf } from '../../../shared/connections/contract.ts';
import { createSettingsChanges } from '../../../shared/connections/settings-changes.dynamodb.ts';
import { InvalidItemError } from '../../../shared/platform/stored-item.dynamodb.ts';
import { disconnectConnection } from '../access/disconnect-connection.ts';
import { confirm } from '../ask.ts';
import type { Call } from '../command.ts';
import { explainError } from '../explain-error.ts';
import { CommandFailure, noSuchConnection } from '../failure.ts';
import { openStage } from '../open-stage.ts';

export interface RemoveOptions {
  readonly yes?: boolean;
  readonly keepGrant?: boolean;
}

export const removeConnection = async ({ args, options, terminal }: Call<RemoveOptions>) => {
  const connectionId = String(args[0]);
  const stage = await openStage(options);
  // What cannot be read can be removed; the grant cannot be ended without it.
  const settings = await stage.connections.read(connectionId).catch((error: unknown) => {
    if (error instanceof InvalidItemError && options.keepGrant) return 'unreadable' as const;
    throw error;
  });
  if (settings === undefined) throw noSuchConnection(connectionId, options.stage);
  const account = settings === 'unreadable' ? undefined : settings.accountId;
  const question = `Remove ${connectionId} and its credentials from stage ${options.stage}? Jobs that still name it become dead letters.`;
  if (!(await confirm(terminal, question, options.yes))) {
    throw new CommandFailure('nothing was removed');
  }
  // Asked for first: while its settings are there, nothing of the connection is forgotten.
  if (account !== undefined)
    await stage.forgetting.ask(memoryKeyOf({ connectionId, accountId: account }));
  if (!options.keepGrant) await disconnectConnection(stage, connectionId);
  await stage.tokens.credentials.remove(connectionId);
  const { remove } = createSettingsChanges({
    client: stage.clients.dynamodb,
    tableName: stage.resources.connectionsTable,
  });
  await remove(connectionId).catch((error: unknown) => {
    const done = `the credentials of ${connectionId} are deleted, its settings are not all`;
    throw new CommandFailure(`${done}: ${explainError(error).line}; run the same command again`);
  });
  terminal.result({ connectionId, removed: true }, () => terminal.line(`removed ${connectionId}`));
  if (account !== undefined)
    terminal.note(
      `what is remembered of its customers is forgotten in the background, from two minutes on: see \`bridge status\``,
    );
};
