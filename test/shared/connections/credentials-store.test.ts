import { inspect } from 'node:util';
import { DeleteSecretCommand } from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  createCredentialsStore,
  createReadOAuthApp,
} from '../../../shared/connections/credentials-store.secrets.ts';
import { startSecretsManager, type TestSecretsManager } from '../../support/secrets-manager.ts';

const prefix = 'klaviyo-bridge/test/';
const key = (privateKey: string) => ({ kind: 'private_key', privateKey }) as const;

let secrets: TestSecretsManager;
beforeAll(async () => {
  secrets = await startSecretsManager();
});
afterAll(() => secrets[Symbol.asyncDispose]());
beforeEach(() => {
  for (const name of secrets.stored.names()) secrets.stored.delete(name);
  secrets.calls.clear();
});

const store = () => createCredentialsStore({ client: secrets.client, prefix });

describe('the credentials of a connection', () => {
  test('are in a secret of their own, named for the stage and the connection', async () => {
    await store().write('acme', key('pk_1'));
    expect(secrets.stored.names()).toEqual(['klaviyo-bridge/test/connections/acme']);
    expect(await store().read('acme')).toEqual(key('pk_1'));
  });

  test('are undefined where there are none', async () => {
    expect(await store().read('nobody')).toBeUndefined();
  });

  test('replace earlier ones', async () => {
    await store().write('acme', key('pk_1'));
    await store().write('acme', key('pk_2'));
    expect(await store().read('acme')).toEqual(key('pk_2'));
  });

  test('are written whoever creates the secret first', async () => {
    const writes = ['pk_1', 'pk_2', 'pk_3'].map((one) => store().write('acme', key(one)));
    await Promise.all(writes);
    expect(await store().read('acme')).toMatchObject({ kind: 'private_key' });
  });

  test('are gone at once when removed, and removing them again does no harm', async () => {
    await store().write('acme', key('pk_1'));
    await store().remove('acme');
    await store().remove('acme');
    expect(await store().read('acme')).toBeUndefined();
  });

  test('are undefined while the secret waits to be deleted', async () => {
    await store().write('acme', key('pk_1'));
    const SecretId = `${prefix}connections/acme`;
    await secrets.client.send(new DeleteSecretCommand({ SecretId }));
    expect(await store().read('acme')).toBeUndefined();
  });

  test.each([
    'pk_canary',
    '{"kind":"private_key","privateKey":["pk_canary"]}',
    '{"kind":"pk_canary"}',
  ])('that cannot be read are not quoted, and can be mended: %s', async (text) => {
    secrets.stored.set(`${prefix}connections/acme`, text);
    const failure = await store()
      .read('acme')
      .catch((error: unknown) => error);
    expect(failure).toMatchObject({ retryable: true, message: expect.stringContaining('acme') });
    expect(inspect(failure, { depth: 9 })).not.toContain('pk_canary');
  });
});

describe('the OAuth app of a stage', () => {
  const app = { clientId: 'id', clientSecret: 'secret' };

  test('is read once in five minutes', async () => {
    let nowMs = 0;
    const read = createReadOAuthApp({ client: secrets.client, prefix, now: () => nowMs });
    secrets.stored.set(`${prefix}oauth-app`, JSON.stringify(app));
    await read();
    nowMs = 299_999;
    expect(await read()).toEqual(app);
    expect(secrets.calls.get('GetSecretValue')).toBe(1);
    nowMs = 300_000;
    await read();
    expect(secrets.calls.get('GetSecretValue')).toBe(2);
  });

  test('is looked for again until an operator has stored it', async () => {
    const read = createReadOAuthApp({ client: secrets.client, prefix });
    expect(await read()).toBeUndefined();
    secrets.stored.set(`${prefix}oauth-app`, JSON.stringify(app));
    expect(await read()).toEqual(app);
  });
});
