/** `bridge disconnect`: ends the grant at Klaviyo, and deletes the credentials here. */
import { createDisconnect, type Revocation } from '../../../shared/connections/disconnect.ts';
import type { Call } from '../command.ts';
import { explainError } from '../explain-error.ts';
import { CommandFailure, noSuchConnection } from '../failure.ts';
import { type OpenedStage, openStage } from '../open-stage.ts';

const tellings: Readonly<Record<Revocation, string>> = {
  revoked: 'Klaviyo has removed the app from the account, and the tokens are deleted',
  shared:
    'the tokens are deleted; the app stays in the Klaviyo account, as another connection uses it',
  refused:
    'the tokens are deleted; Klaviyo knew the grant no more: see there, under Integrations, that the app is gone',
  nothing:
    'there was no OAuth grant to revoke; a private key is deleted here, and stays valid at Klaviyo',
};

/**
 * Holds the jobs, revokes the grant and deletes the credentials. Undefined without a connection.
 * @throws CommandFailure when the grant could not be revoked: then the credentials are still there.
 */
export const disconnectConnection = async (
  { connections, tokens, permits }: OpenedStage,
  connectionId: string,
): Promise<Revocation | undefined> => {
  const disconnect = createDisconnect({
    readSettings: connections.read,
    listSettings: connections.list,
    holdJobs: (id) => connections.setStatus(id, 'needs_authorisation'),
    readCredentials: tokens.credentials.read,
    removeCredentials: tokens.credentials.remove,
    readApp: tokens.readApp,
    revoke: tokens.oauth.revoke,
    withTokenLease: tokens.withTokenLease,
  });
  try {
    return await disconnect(connectionId);
  } catch (error) {
    throw new CommandFailure(
      `the credentials of ${connectionId} are still here: ${explainError(error).line}; its jobs are held by now. Run it again, or \`bridge connections remove ${connectionId} --keep-grant\``,
      { cause: error },
    );
  } finally {
    await permits.flush().catch(() => undefined); // unwritten receipts only cost throughput
  }
};

export const disconnect = async ({ args, options, terminal }: Call) => {
  const connectionId = String(args[0]);
  const revocation = await disconnectConnection(await openStage(options), connectionId);
  if (revocation === undefined) throw noSuchConnection(connectionId, options.stage);
  terminal.result({ connectionId, revocation }, () =>
    terminal.line(`disconnected ${connectionId}: ${tellings[revocation]}`),
  );
};
