/** Tokens over real stores (dynalite, Secrets Manager's protocol) and the simulated Klaviyo. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type KlaviyoSimulator, startKlaviyoSimulator } from '../../../local/klaviyo/simulator.ts';
import { createAuthorise } from '../../../shared/connections/authorise.ts';
import { composeTokens } from '../../../shared/connections/compose-tokens.ts';
import { createConnectionStore } from '../../../shared/connections/connection-store.dynamodb.ts';
import {
  type ConnectionSettings,
  connectionSettings,
} from '../../../shared/connections/contract.ts';
import { createCredentialsStore } from '../../../shared/connections/credentials-store.secrets.ts';
import { toConnection } from '../../../shared/connections/find-connection.ts';
import { createRenewTokens } from '../../../shared/connections/renew-tokens.ts';
import { createWithTokenLease } from '../../../shared/connections/token-lease.ts';
import { createTokenLeaseStore } from '../../../shared/connections/token-lease-store.dynamodb.ts';
import {
  createKlaviyoClient,
  createKlaviyoOAuth,
  endpoints,
  KlaviyoAuthorisationError,
  type Tokens,
} from '../../../shared/klaviyo/index.ts';
import { createAwsClients } from '../../../shared/platform/clients.aws.ts';
import { bridgeEnvironment } from '../../../shared/platform/contract/environment.ts';
import { PassingError } from '../../../shared/platform/passing-error.ts';
import { startDynamoDB, type TestDynamoDB } from '../../support/dynamodb.ts';
import { createFreePermits } from '../../support/free-permits.ts';
import { createMemoryLog } from '../../support/memory-log.ts';
import { startSecretsManager, type TestSecretsManager } from '../../support/secrets-manager.ts';

const app = { clientId: 'app-1', clientSecret: 'secret-1' };
const redirectUri = 'https://bridge.example/oauth/callback';
const prefix = 'klaviyo-bridge/test/';
const accountId = 'AccT01';

let dynamodb: TestDynamoDB;
let secrets: TestSecretsManager;
let klaviyo: KlaviyoSimulator;
/** The clock of the instances and of Klaviyo alike. */
const clock = { nowMs: Date.now() };
const now = () => clock.nowMs;

beforeAll(async () => {
  [dynamodb, secrets, klaviyo] = await Promise.all([
    startDynamoDB(),
    startSecretsManager(),
    startKlaviyoSimulator({
      nowMs: now,
      rateLimits: 'off',
      accounts: [{ id: accountId }],
      oauthApps: [{ ...app, redirectUris: [redirectUri] }],
      oauth: { rotateRefreshTokens: true },
      autoConsent: accountId,
    }),
  ]);
  await dynamodb.createTable('connections', { sortKey: true });
  secrets.stored.set(`${prefix}oauth-app`, JSON.stringify(app));
});
afterAll(() =>
  Promise.all([klaviyo.close(), dynamodb[Symbol.asyncDispose](), secrets[Symbol.asyncDispose]()]),
);
beforeEach(() => {
  clock.nowMs = Date.now();
  klaviyo.setFaults([]);
});

const oauth = () =>
  createKlaviyoOAuth({ permits: createFreePermits().permits, allowAnyApiUrl: true, now });
const tokenRequest = () => ({
  apiUrl: klaviyo.url,
  app,
  quotaScope: accountId,
  notAfterMs: now() + 5_000,
});
const table = () => ({ client: dynamodb.client, tableName: 'connections', now });
const connections = () => createConnectionStore({ ...table(), allowAnyApiUrl: true });
const credentials = () => createCredentialsStore({ client: secrets.client, prefix });

const refreshes = () => klaviyo.countCalls({ endpoint: 'POST /oauth/token' });

/** Tokens of a consent that was just given. */
const newTokens = async (): Promise<Tokens> => {
  const codeVerifier = 'v'.repeat(43);
  const options = { apiUrl: klaviyo.url, clientId: app.clientId, redirectUri, state: 's' };
  const url = await oauth().authorizeUrl({ ...options, scopes: ['accounts:read'], codeVerifier });
  const response = await fetch(url, { redirect: 'manual' });
  const code = new URL(response.headers.get('location') ?? '').searchParams.get('code') ?? '';
  return oauth().exchangeCode(tokenRequest(), { code, codeVerifier, redirectUri });
};

let count = 0;
/** A connected connection; `expiresAtMs` as if its token were older. */
const newConnection = async (changes: Partial<Tokens> = {}) => {
  count += 1;
  const settings = connectionSettings.parse({
    connectionId: `shop-${count}`,
    status: 'connected',
    auth: 'oauth',
    accountId,
    apiUrl: klaviyo.url,
  });
  await connections().write(settings);
  const tokens = { ...(await newTokens()), ...changes };
  const value = { kind: 'oauth', ...tokens, refreshToken: tokens.refreshToken ?? '' } as const;
  await credentials().write(settings.connectionId, value);
  return { settings, value, refreshesBefore: refreshes() };
};

interface InstanceOptions {
  /** Called with each value that the instance has read. */
  readonly onRead?: () => Promise<void>;
  readonly refresh?: (settings: ConnectionSettings, refreshToken: string) => Promise<Tokens>;
  /** Called before each write of credentials. */
  readonly onWrite?: () => Promise<void>;
  /** Called before a connection is held. */
  readonly onLost?: (connectionId: string) => Promise<void>;
}

/** One function instance, with memory and connections to AWS of its own. */
const startInstance = ({ refresh, onRead, onWrite, onLost }: InstanceOptions = {}) => {
  const lost: string[] = [];
  const store = credentials();
  const read: typeof store.read = async (connectionId) => {
    const value = await store.read(connectionId);
    await onRead?.();
    return value;
  };
  const sleep = async (ms: number) => {
    clock.nowMs += ms;
    await new Promise((resolve) => setImmediate(resolve));
  };
  const authorise = createAuthorise({
    readCredentials: read,
    requireAuthorisation: async (connectionId) => {
      lost.push(connectionId);
      await onLost?.(connectionId);
      await connections().requireAuthorisation(connectionId);
    },
    now,
    renewTokens: createRenewTokens({
      readCredentials: read,
      writeCredentials: async (connectionId, value) => {
        await onWrite?.();
        await store.write(connectionId, value);
      },
      withTokenLease: createWithTokenLease({ leases: createTokenLeaseStore(table()), now, sleep }),
      refresh: refresh ?? ((_, refreshToken) => oauth().refresh(tokenRequest(), refreshToken)),
      now,
      sleep,
    }),
  });
  return { authorise, lost };
};

/** Whether Klaviyo takes it. */
const accepted = async (authorization: string): Promise<boolean> => {
  const headers = { authorization, revision: '2026-07-15' };
  return (await fetch(`${klaviyo.url}/api/accounts`, { headers })).ok;
};

const storedTokens = async (connectionId: string) => {
  const value = await credentials().read(connectionId);
  if (value?.kind !== 'oauth') throw new Error('there are no tokens');
  return value;
};

describe('an access token', () => {
  test('is read once and kept until a minute before it expires', async () => {
    const { settings, value, refreshesBefore } = await newConnection();
    const { authorise } = startInstance();
    const reads = secrets.calls.get('GetSecretValue') ?? 0;
    await authorise(settings);
    clock.nowMs = value.expiresAtMs - 60_001;
    expect(await authorise(settings)).toBe(`Bearer ${value.accessToken}`);
    expect(secrets.calls.get('GetSecretValue')).toBe(reads + 1);
    clock.nowMs = value.expiresAtMs - 60_000;
    const renewed = await authorise(settings);
    expect(renewed).not.toBe(`Bearer ${value.accessToken}`);
    expect(await accepted(renewed)).toBe(true);
    expect(refreshes()).toBe(refreshesBefore + 1);
  });

  test('that lives for less than two minutes is used for half of its life', async () => {
    const issuedAtMs = now();
    const { settings, value, refreshesBefore } = await newConnection({
      issuedAtMs,
      expiresAtMs: issuedAtMs + 20_000,
    });
    const { authorise } = startInstance();
    clock.nowMs = issuedAtMs + 9_999;
    expect(await authorise(settings)).toBe(`Bearer ${value.accessToken}`);
    clock.nowMs = issuedAtMs + 10_000;
    await authorise(settings);
    expect(refreshes()).toBe(refreshesBefore + 1);
  });

  test('is renewed once for callers of one instance that come together', async () => {
    const { settings, refreshesBefore } = await newConnection({ expiresAtMs: 0 });
    const { authorise } = startInstance();
    const reads = secrets.calls.get('GetSecretValue') ?? 0;
    const headers = await Promise.all(Array.from({ length: 50 }, () => authorise(settings)));
    expect(new Set(headers).size).toBe(1);
    expect(refreshes()).toBe(refreshesBefore + 1);
    expect((secrets.calls.get('GetSecretValue') ?? 0) - reads).toBeLessThanOrEqual(2);
  });

  test('is renewed once for 200 callers over 20 instances, with rotation on', async () => {
    const { settings, value, refreshesBefore } = await newConnection({ expiresAtMs: 0 });
    const environment = bridgeEnvironment.parse({
      STAGE: 'test',
      LOG_LEVEL: 'INFO',
      CONNECTIONS_TABLE_NAME: 'connections',
      LINKS_TABLE_NAME: 'links',
      QUOTAS_TABLE_NAME: 'quotas',
      SECRET_NAME_PREFIX: prefix,
      ALLOW_ANY_API_URL: 'true',
    });
    const clients = { ...createAwsClients(), dynamodb: dynamodb.client, secrets: secrets.client };
    const instances = Array.from({ length: 20 }, () =>
      composeTokens({
        environment,
        clients,
        connections: connections(),
        permits: createFreePermits().permits,
        ...createMemoryLog(),
      }),
    );
    const headers = await Promise.all(
      Array.from({ length: 200 }, (_, caller) => instances[caller % 20]?.authorise(settings)),
    );
    expect(new Set(headers).size).toBe(1);
    expect(await accepted(headers[0] ?? '')).toBe(true);
    expect(refreshes()).toBe(refreshesBefore + 1);
    expect(klaviyo.countCalls({ endpoint: 'POST /oauth/token', status: 400 })).toBe(0);
    expect((await storedTokens(settings.connectionId)).refreshToken).not.toBe(value.refreshToken);
    expect((await connections().read(settings.connectionId))?.status).toBe('connected');
  });

  test('is not renewed again by an instance that came to the lease too late', async () => {
    const { settings, refreshesBefore } = await newConnection({ expiresAtMs: 0 });
    let meanwhile: Promise<string> | undefined;
    const late = startInstance({
      // Between its reading of the old tokens and its taking of the lease, another one is done.
      onRead: async () => {
        meanwhile ??= startInstance().authorise(settings);
        await meanwhile;
      },
    });
    expect(await late.authorise(settings)).toBe(await meanwhile);
    expect(refreshes()).toBe(refreshesBefore + 1);
  });

  test('that Klaviyo refuses is renewed once, however many callers meet the refusal', async () => {
    const { settings, refreshesBefore } = await newConnection();
    const instances = [startInstance(), startInstance()];
    const rejected = await Promise.all(instances.map(({ authorise }) => authorise(settings)));
    klaviyo.expireAccessTokens();
    const headers = await Promise.all(
      Array.from({ length: 20 }, (_, caller) =>
        instances[caller % 2]?.authorise(settings, rejected[0]),
      ),
    );
    expect(new Set(headers).size).toBe(1);
    expect(headers[0]).not.toBe(rejected[0]);
    expect(refreshes()).toBe(refreshesBefore + 1);
  });

  test('that Klaviyo refuses is renewed, also while others are still reading it', async () => {
    const { settings, value } = await newConnection();
    const { authorise } = startInstance();
    const refused = `Bearer ${value.accessToken}`;
    klaviyo.expireAccessTokens();
    const [, renewed = ''] = await Promise.all([authorise(settings), authorise(settings, refused)]);
    expect(renewed).not.toBe(refused);
    expect(await accepted(renewed)).toBe(true);
  });

  test('that Klaviyo refuses costs a call one refresh, and the call succeeds', async () => {
    const { settings, refreshesBefore } = await newConnection();
    const { authorise } = startInstance();
    const { klaviyo: connection } = toConnection(settings, authorise);
    const client = createKlaviyoClient({ permits: createFreePermits().permits });
    await connection.authorisation();
    klaviyo.expireAccessTokens();
    const options = { notAfterMs: Date.now() + 10_000 };
    const { items } = await client.call(endpoints.getAccounts, {}, connection, options);
    expect(items[0]?.id).toBe(accountId);
    expect(refreshes()).toBe(refreshesBefore + 1);
  });
});

describe('a refresh token', () => {
  test('is replaced by whatever comes back', async () => {
    const { settings, value } = await newConnection({ expiresAtMs: 0 });
    await startInstance().authorise(settings);
    const first = await storedTokens(settings.connectionId);
    expect(first.refreshToken).not.toBe(value.refreshToken);
    clock.nowMs = first.expiresAtMs;
    expect(await accepted(await startInstance().authorise(settings))).toBe(true);
  });

  test('is kept where none comes back', async () => {
    const { settings, value } = await newConnection({ expiresAtMs: 0 });
    const { authorise } = startInstance({
      refresh: async () => ({
        accessToken: 'next',
        refreshToken: undefined,
        issuedAtMs: now(),
        expiresAtMs: now() + 3_600_000,
        scope: undefined,
      }),
    });
    expect(await authorise(settings)).toBe('Bearer next');
    expect(await storedTokens(settings.connectionId)).toMatchObject({
      accessToken: 'next',
      refreshToken: value.refreshToken,
    });
  });

  test.each(['invalid_grant', 'invalid_grant_type'])(
    'that is dead (%s) ends in needs_authorisation, told once',
    async (error) => {
      const { settings, refreshesBefore } = await newConnection({ expiresAtMs: 0 });
      klaviyo.setFaults([
        { kind: 'status', status: 400, body: { error }, match: { endpoint: 'POST /oauth/token' } },
      ]);
      const { authorise, lost } = startInstance();
      await expect(authorise(settings)).rejects.toBeInstanceOf(KlaviyoAuthorisationError);
      await expect(authorise(settings)).rejects.toMatchObject({ status: 401 });
      expect((await connections().read(settings.connectionId))?.status).toBe('needs_authorisation');
      expect(lost).toEqual([settings.connectionId]);
      expect(refreshes()).toBe(refreshesBefore + 1);
    },
  );

  test('that is dead no longer matters once the merchant has connected again', async () => {
    const { settings } = await newConnection();
    const { authorise } = startInstance();
    const rejected = await authorise(settings);
    klaviyo.uninstallApps(accountId);
    expect(await authorise(settings, rejected)).toBe(rejected);
    const tokens = await newTokens();
    const refreshToken = tokens.refreshToken ?? '';
    await credentials().write(settings.connectionId, { kind: 'oauth', ...tokens, refreshToken });
    expect(await authorise(settings)).toBe(`Bearer ${tokens.accessToken}`);
  });

  test('that somebody else has just spent is no loss: the secret is read again', async () => {
    const { settings, value } = await newConnection({ expiresAtMs: 0 });
    const { authorise, lost } = startInstance({
      refresh: async (_, refreshToken) => {
        // Another instance was faster by a different way, and its write is seen only now.
        if (refreshToken === value.refreshToken) {
          const tokens = await oauth().refresh(tokenRequest(), refreshToken);
          const next = {
            kind: 'oauth',
            ...tokens,
            refreshToken: tokens.refreshToken ?? '',
          } as const;
          await credentials().write(settings.connectionId, next);
        }
        return oauth().refresh(tokenRequest(), refreshToken);
      },
    });
    expect(await accepted(await authorise(settings))).toBe(true);
    expect(lost).toEqual([]);
  });

  test('that is refused is looked up again only once the secret must show its latest change', async () => {
    const { settings } = await newConnection({ expiresAtMs: 0 });
    klaviyo.uninstallApps(accountId);
    const readsMs: number[] = [];
    let refusedMs = 0;
    const { authorise } = startInstance({
      onRead: async () => void readsMs.push(now()),
      refresh: (_, refreshToken) => {
        refusedMs = now();
        return oauth().refresh(tokenRequest(), refreshToken);
      },
    });
    await expect(authorise(settings)).rejects.toBeInstanceOf(KlaviyoAuthorisationError);
    expect((readsMs.at(-1) ?? 0) - refusedMs).toBeGreaterThanOrEqual(1_000);
  });

  test('that was renewed is not lost where it cannot be stored at once', async () => {
    const { settings, refreshesBefore } = await newConnection({ expiresAtMs: 0 });
    let failures = 0;
    const { authorise, lost } = startInstance({
      onWrite: async () => {
        failures += 1;
        if (failures <= 2) throw new Error('Secrets Manager is throttled');
      },
    });
    expect(await accepted(await authorise(settings))).toBe(true);
    expect(lost).toEqual([]);
    expect(refreshes()).toBe(refreshesBefore + 1);
    expect(await accepted(await startInstance().authorise(settings))).toBe(true);
  });

  test('that was renewed is not lost where it cannot be stored for a while', async () => {
    const { settings, refreshesBefore } = await newConnection({ expiresAtMs: 0 });
    let isDown = true;
    const { authorise, lost } = startInstance({
      onWrite: async () => {
        if (isDown) throw new Error('Secrets Manager is throttled');
      },
    });
    await expect(authorise(settings)).rejects.toThrow('throttled');
    isDown = false;
    expect(await accepted(await authorise(settings))).toBe(true);
    expect(lost).toEqual([]);
    expect(refreshes()).toBe(refreshesBefore + 1);
    expect(await accepted(await startInstance().authorise(settings))).toBe(true);
  });

  test('that was never stored is forgotten once the merchant has connected again', async () => {
    const { settings } = await newConnection({ expiresAtMs: 0 });
    let isDown = true;
    const { authorise } = startInstance({
      onWrite: async () => {
        if (isDown) throw new Error('Secrets Manager is throttled');
      },
    });
    await expect(authorise(settings)).rejects.toThrow('throttled');
    isDown = false;
    const tokens = { ...(await newTokens()), expiresAtMs: 0 };
    const refreshToken = tokens.refreshToken ?? '';
    await credentials().write(settings.connectionId, { kind: 'oauth', ...tokens, refreshToken });
    await authorise(settings);
    const { issuedAtMs = 0 } = await storedTokens(settings.connectionId);
    expect(issuedAtMs).toBeGreaterThanOrEqual(tokens.issuedAtMs);
    expect((await storedTokens(settings.connectionId)).refreshToken).not.toBe(refreshToken);
  });

  test('that is dead holds the connection before anybody can connect it again', async () => {
    const { settings } = await newConnection({ expiresAtMs: 0 });
    klaviyo.uninstallApps(accountId);
    const leases: unknown[] = [];
    const { authorise, lost } = startInstance({
      // Connecting takes the lease, stores the tokens, then opens the connection.
      onLost: async (id) => void leases.push(await createTokenLeaseStore(table()).take(id)),
    });
    await expect(authorise(settings)).rejects.toBeInstanceOf(KlaviyoAuthorisationError);
    expect(lost).toEqual([settings.connectionId]);
    expect(leases).toEqual([undefined]);
  });

  test.each([503, 429])('is not given up for status %i of Klaviyo', async (status) => {
    const { settings } = await newConnection({ expiresAtMs: 0 });
    klaviyo.setFaults([
      { kind: 'status', status, match: { endpoint: 'POST /oauth/token' }, times: 1 },
    ]);
    const { authorise, lost } = startInstance();
    await expect(authorise(settings)).rejects.toMatchObject({ retryable: true });
    expect(lost).toEqual([]);
    expect(await accepted(await authorise(settings))).toBe(true);
  });
});

describe('refreshes that fail', () => {
  const tokenEndpoint = { endpoint: 'POST /oauth/token' };

  test('are made by one caller after the other, slower than the limit of the token endpoint', async () => {
    const { settings, refreshesBefore } = await newConnection({ expiresAtMs: 0 });
    klaviyo.setFaults([{ kind: 'status', status: 503, match: tokenEndpoint }]);
    const startedMs = now();
    const askUntil = async (authorise: ReturnType<typeof startInstance>['authorise']) => {
      while (now() < startedMs + 60_000) await authorise(settings).catch(() => undefined);
    };
    await Promise.all(Array.from({ length: 9 }, () => askUntil(startInstance().authorise)));
    expect(refreshes() - refreshesBefore).toBeGreaterThan(2);
    expect(refreshes() - refreshesBefore).toBeLessThanOrEqual(15);
  });

  test('keep those that wait with them no longer than that', async () => {
    const { settings } = await newConnection({ expiresAtMs: 0 });
    klaviyo.setFaults([{ kind: 'status', status: 503, match: tokenEndpoint, times: 1 }]);
    const [first, second] = [startInstance(), startInstance()];
    await expect(first.authorise(settings)).rejects.toMatchObject({ retryable: true });
    const failedMs = now();
    expect(await accepted(await second.authorise(settings))).toBe(true);
    expect(now() - failedMs).toBeLessThan(6_000);
  });
});

describe('a refresher that is killed', () => {
  /** An instance that has the lease and will never be heard of again. */
  const killMidWay = async (settings: ConnectionSettings): Promise<void> => {
    await new Promise<void>((begun) => {
      const { authorise } = startInstance({
        refresh: () => {
          begun();
          return new Promise(() => {});
        },
      });
      void authorise(settings);
    });
  };

  test('is waited for at first: those who wait go back to the queue', async () => {
    const { settings, refreshesBefore } = await newConnection({ expiresAtMs: 0 });
    await killMidWay(settings);
    await expect(startInstance().authorise(settings)).rejects.toBeInstanceOf(PassingError);
    expect(refreshes()).toBe(refreshesBefore);
  });

  test('is succeeded by the next one once its lease has expired', async () => {
    const { settings, refreshesBefore } = await newConnection({ expiresAtMs: 0 });
    await killMidWay(settings);
    clock.nowMs += 15_000;
    expect(await accepted(await startInstance().authorise(settings))).toBe(true);
    expect(refreshes()).toBe(refreshesBefore + 1);
  });

  test('is succeeded within the wait of a caller that came late', async () => {
    const { settings } = await newConnection({ expiresAtMs: 0 });
    await killMidWay(settings);
    clock.nowMs += 8_000;
    expect(await accepted(await startInstance().authorise(settings))).toBe(true);
  });
});

describe('a private key', () => {
  const connectByKey = async (privateKey: string) => {
    const { settings } = await newConnection();
    await credentials().write(settings.connectionId, { kind: 'private_key', privateKey });
    return settings;
  };

  test('is the header, kept for five minutes', async () => {
    const settings = await connectByKey('pk_1');
    const { authorise } = startInstance();
    expect(await authorise(settings)).toBe('Klaviyo-API-Key pk_1');
    await credentials().write(settings.connectionId, { kind: 'private_key', privateKey: 'pk_2' });
    clock.nowMs += 299_999;
    expect(await authorise(settings)).toBe('Klaviyo-API-Key pk_1');
    clock.nowMs += 1;
    expect(await authorise(settings)).toBe('Klaviyo-API-Key pk_2');
  });

  test('that was refused is replaced by the one in the secret', async () => {
    const settings = await connectByKey('pk_1');
    const { authorise, lost } = startInstance();
    const rejected = await authorise(settings);
    await credentials().write(settings.connectionId, { kind: 'private_key', privateKey: 'pk_2' });
    expect(await authorise(settings, rejected)).toBe('Klaviyo-API-Key pk_2');
    expect(lost).toEqual([]);
  });

  test('that was refused and is the only one needs a person', async () => {
    const settings = await connectByKey('pk_1');
    const { authorise, lost } = startInstance();
    const rejected = await authorise(settings);
    expect(await authorise(settings, rejected)).toBe(rejected);
    expect(lost).toEqual([settings.connectionId]);
  });
});

test('a connection without credentials needs a person', async () => {
  const { settings } = await newConnection();
  await credentials().remove(settings.connectionId);
  const { authorise, lost } = startInstance();
  await expect(authorise(settings)).rejects.toBeInstanceOf(KlaviyoAuthorisationError);
  expect(lost).toEqual([settings.connectionId]);
});
