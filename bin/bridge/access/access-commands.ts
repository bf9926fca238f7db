/** `bridge connect`, `disconnect` and `oauth-app`: access by OAuth. */
import type { Command } from 'commander';
import { parseConnectionId, runs, subcommand } from '../command.ts';

export const addAccessCommands = (program: Command): void => {
  const connect = subcommand(
    program,
    'connect',
    'print the one-time link by which a merchant connects a Klaviyo account',
    ['bridge connections add acme --oauth', 'bridge connect acme'],
  ).argument('<id>', 'the connection', parseConnectionId);
  runs(connect, async () => (await import('./print-connect-link.ts')).printConnectLink);

  const disconnect = subcommand(
    program,
    'disconnect',
    'hold the jobs, revoke the OAuth grant at Klaviyo, delete the credentials; the settings stay',
    ['bridge disconnect acme'],
  ).argument('<id>', 'the connection', parseConnectionId);
  runs(disconnect, async () => (await import('./disconnect-connection.ts')).disconnect);

  const app = program.command('oauth-app').description("the stage's own OAuth app at Klaviyo");
  const set = subcommand(
    app,
    'set',
    "store the app's client id and secret, and print what to enter at Klaviyo",
    [
      'bridge oauth-app set                      # asks for both',
      'bridge oauth-app set --stdin < app.json   # {"clientId": "…", "clientSecret": "…"}',
    ],
  ).option('--stdin', 'read both from standard input, as JSON');
  runs(set, async () => (await import('./set-oauth-app.ts')).setOAuthApp);
};
