/**
 * A stage for connecting accounts: the pages over real stores (dynalite, Secrets Manager's protocol)
 * and the simulated Klaviyo, on a clock that a test moves.
 */
import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { createAnswerBrowser } from '../../functions/oauth/answer-browser.ts';
import { createCallback } from '../../functions/oauth/callback.ts';
import { createCompleteConnection } from '../../functions/oauth/complete-connection.ts';
import { createConnect } from '../../functions/oauth/connect.ts';
import {
  type KlaviyoSimulatorOptions,
  startKlaviyoSimulator,
} from '../../local/klaviyo/simulator.ts';
import { createAccountStore } from '../../shared/connections/account-store.dynamodb.ts';
import { createConnectLink } from '../../shared/connections/connect-link.ts';
import { createConnectionStore } from '../../shared/connections/connection-store.dynamodb.ts';
import { type ConnectionSettings, connectionSettings } from '../../shared/connections/contract.ts';
import {
  createCredentialsStore,
  createReadOAuthApp,
} from '../../shared/connections/credentials-store.secrets.ts';
import { createOAuthStateStore } from '../../shared/connections/oauth-state-store.dynamodb.ts';
import { createIsGrantShared } from '../../shared/connections/shared-grant.ts';
import { createWithTokenLease } from '../../shared/connections/token-lease.ts';
import { createTokenLeaseStore } from '../../shared/connections/token-lease-store.dynamodb.ts';
import { createKlaviyoClient, createKlaviyoOAuth } from '../../shared/klaviyo/index.ts';
import { startDynamoDB } from './dynamodb.ts';
import { createFreePermits } from './free-permits.ts';
import { toHttpEvent, type VisitOptions } from './http-event.ts';
import { createMemoryLog } from './memory-log.ts';
import { startSecretsManager } from './secrets-manager.ts';
import { contextWith } from './sqs-event.ts';

export const publicUrl = 'https://bridge.example';
export const app = { clientId: 'app-0001-id', clientSecret: 'app-secret~canary' };
const prefix = 'klaviyo-bridge/test/';
export const accountA = 'AccT01';
export const accountB = 'AccT02';

export type Answer = APIGatewayProxyStructuredResultV2;

export const startOAuthStage = async (simulation: KlaviyoSimulatorOptions = {}) => {
  const clock = { nowMs: Date.parse('2026-11-23T12:00:00Z') };
  const now = () => clock.nowMs;
  const [dynamodb, secrets, klaviyo] = await Promise.all([
    startDynamoDB(),
    startSecretsManager(),
    startKlaviyoSimulator({
      nowMs: now,
      rateLimits: 'off',
      accounts: [
        { id: accountA, name: 'Acme & Sons <b>Ltd</b>' },
        { id: accountB, name: 'Other' },
      ],
      oauthApps: [{ ...app, redirectUris: [`${publicUrl}/oauth/callback`] }],
      autoConsent: accountA,
      ...simulation,
    }),
  ]);
  const tableName = await dynamodb.createTable('connections', { sortKey: true });
  secrets.stored.set(`${prefix}oauth-app`, JSON.stringify(app));

  const table = { client: dynamodb.client, tableName, now };
  const vault = { client: secrets.client, prefix, now };
  const log = createMemoryLog();
  const { permits } = createFreePermits();
  const connections = createConnectionStore({ ...table, allowAnyApiUrl: true });
  const credentials = createCredentialsStore(vault);
  const states = createOAuthStateStore(table);
  const accounts = createAccountStore(table);
  const oauth = createKlaviyoOAuth({ permits, allowAnyApiUrl: true, now });
  const withTokenLease = createWithTokenLease({ leases: createTokenLeaseStore(table) });
  const redirectUri = `${publicUrl}/oauth/callback`;
  const shared = {
    ...states,
    readSettings: connections.read,
    readApp: createReadOAuthApp(vault),
    redirectUri,
    publicUrl,
    now,
  };
  const handler = createAnswerBrowser({
    ...log,
    flush: async () => log.metrics.flush(),
    now,
    connect: createConnect({ ...shared, authorizeUrl: oauth.authorizeUrl }),
    callback: createCallback({
      ...shared,
      completeConnection: createCompleteConnection({
        ...shared,
        exchangeCode: oauth.exchangeCode,
        revoke: oauth.revoke,
        isGrantShared: createIsGrantShared({ listSettings: connections.list }),
        klaviyo: createKlaviyoClient({ permits, now, sleep: async () => {} }),
        claimAccount: accounts.claim,
        writeCredentials: credentials.write,
        openConnection: accounts.open,
        withTokenLease,
      }),
    }),
  });

  const newLink = createConnectLink({
    readSettings: connections.read,
    saveTicket: states.saveTicket,
    publicUrl,
    allowAnyApiUrl: true,
    now,
  });

  const visit = (address: string, options?: VisitOptions): Promise<Answer> =>
    handler(toHttpEvent(address, options), contextWith(29_000));

  return {
    clock,
    dynamodb,
    tableName,
    secrets,
    klaviyo,
    log,
    connections,
    credentials,
    states,
    oauth,
    withTokenLease,
    readApp: shared.readApp,
    /** What the browser gets for a request. */
    visit,
    /** What it gets for the button on the page of a link. */
    press: (link: string, options?: VisitOptions): Promise<Answer> =>
      visit(link, { method: 'POST', ...options }),
    async newConnection(
      connectionId: string,
      overrides: Partial<ConnectionSettings> = {},
    ): Promise<string> {
      const settings = connectionSettings.parse({
        connectionId,
        status: 'needs_authorisation',
        auth: 'oauth',
        apiUrl: klaviyo.url,
        ...overrides,
      });
      await connections.write(settings);
      return (await newLink(connectionId)).url;
    },
    newLink: async (connectionId: string) => (await newLink(connectionId)).url,
    async [Symbol.asyncDispose]() {
      await Promise.all([
        klaviyo.close(),
        dynamodb[Symbol.asyncDispose](),
        secrets[Symbol.asyncDispose](),
      ]);
    },
  };
};

export type OAuthStage = Awaited<ReturnType<typeof startOAuthStage>>;

/** The one cookie that an answer sets, as a browser sends it back. */
export const cookieOf = ({ cookies = [] }: Answer): string => cookies[0]?.split(';')[0] ?? '';

export const locationOf = ({ headers = {} }: Answer): URL => new URL(String(headers.location));

/** Follows an answer to Klaviyo, where the merchant decides at once; the address of the callback. */
export const consent = async (answer: Answer): Promise<string> => {
  const response = await fetch(locationOf(answer), { redirect: 'manual' });
  return response.headers.get('location') ?? '';
};

/** A link's whole way up to, and not including, the callback. */
export const goToCallback = async (stage: OAuthStage, link: string) => {
  const left = await stage.press(link);
  return { left, cookies: [cookieOf(left)], callback: await consent(left) };
};
