/** `bridge oauth-app set`: into the secret that the stack has made for it. */

import { type OAuthApp, oauthApp } from '../../../shared/connections/contract.ts';
import { createWriteOAuthApp } from '../../../shared/connections/oauth-app-store.secrets.ts';
import { scopes } from '../../../shared/klaviyo/index.ts';
import { askSecret, readStandardInput } from '../ask.ts';
import type { Call } from '../command.ts';
import { UsageFailure } from '../failure.ts';
import { openStage } from '../open-stage.ts';
import type { Terminal } from '../terminal.ts';

export interface SetOAuthAppOptions {
  readonly stdin?: boolean;
}

const shape = 'standard input must be JSON: {"clientId": "…", "clientSecret": "…"}';

/** What was read is never quoted. */
const parseApp = (text: string): OAuthApp => {
  try {
    return oauthApp.parse(JSON.parse(text));
  } catch {
    throw new UsageFailure(shape);
  }
};

const askApp = async (terminal: Terminal): Promise<OAuthApp> => {
  const otherwise = 'give both on standard input with --stdin';
  const clientId = await askSecret(terminal, 'Client id', otherwise);
  const clientSecret = await askSecret(terminal, 'Client secret', otherwise);
  const parsed = oauthApp.safeParse({ clientId, clientSecret });
  if (!parsed.success)
    throw new UsageFailure('both the client id and the client secret are needed');
  return parsed.data;
};

export const setOAuthApp = async ({ options, terminal }: Call<SetOAuthAppOptions>) => {
  const { clients, resources } = await openStage(options);
  const app = options.stdin ? parseApp(await readStandardInput()) : await askApp(terminal);
  const { oauthAppSecret: secretName, redirectUri } = resources;
  await createWriteOAuthApp({ client: clients.secrets, secretName })(app);
  terminal.result({ redirectUri, scopes }, () => {
    terminal.line(`stored the OAuth app of stage ${options.stage}; enter these at Klaviyo:`);
    terminal.line(`  redirect URL  ${redirectUri}`);
    terminal.line(`  scopes        ${scopes.join(' ')}`);
  });
};
