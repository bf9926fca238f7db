// Composition root: parse the environment, build the parts, wire the pages to them. Only that.
import { createAccountStore } from '../../shared/connections/account-store.dynamodb.ts';
import { createOAuthStateStore } from '../../shared/connections/oauth-state-store.dynamodb.ts';
import { createIsGrantShared } from '../../shared/connections/shared-grant.ts';
import { oauthEnvironment } from '../../shared/platform/contract/environment.ts';
import { parseEnvironment } from '../../shared/platform/parse-environment.ts';
import { composeFunction } from '../compose-function.ts';
import { createAnswerBrowser } from './answer-browser.ts';
import { createCallback } from './callback.ts';
import { createCompleteConnection } from './complete-connection.ts';
import { createConnect } from './connect.ts';

const environment = parseEnvironment(oauthEnvironment, process.env);
const parts = composeFunction('oauth', environment);
const { connections, tokens } = parts;
const table = { client: parts.clients.dynamodb, tableName: environment.CONNECTIONS_TABLE_NAME };
const states = createOAuthStateStore(table);
const accounts = createAccountStore(table);
const redirectUri = `${environment.PUBLIC_URL}/oauth/callback`;
const shared = { ...states, readSettings: connections.read, readApp: tokens.readApp, redirectUri };

export const handler = createAnswerBrowser({
  ...parts,
  connect: createConnect({ ...shared, authorizeUrl: tokens.oauth.authorizeUrl }),
  callback: createCallback({
    ...shared,
    publicUrl: environment.PUBLIC_URL,
    completeConnection: createCompleteConnection({
      ...shared,
      klaviyo: parts.klaviyo,
      exchangeCode: tokens.oauth.exchangeCode,
      revoke: tokens.oauth.revoke,
      isGrantShared: createIsGrantShared({ listSettings: connections.list }),
      withTokenLease: tokens.withTokenLease,
      writeCredentials: tokens.credentials.write,
      claimAccount: accounts.claim,
      openConnection: accounts.open,
    }),
  }),
});
