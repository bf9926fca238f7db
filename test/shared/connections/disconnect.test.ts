import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createDisconnect } from '../../../shared/connections/disconnect.ts';
import {
  accountA,
  accountB,
  goToCallback,
  type OAuthStage,
  startOAuthStage,
} from '../../support/oauth-stage.ts';

let stage: OAuthStage;
beforeAll(async () => {
  stage = await startOAuthStage();
});
afterAll(() => stage[Symbol.asyncDispose]());
beforeEach(() => {
  stage.klaviyo.setFaults([]);
  stage.klaviyo.setAutoConsent(accountB);
});

const disconnect = (connectionId: string) =>
  createDisconnect({
    readSettings: stage.connections.read,
    listSettings: stage.connections.list,
    holdJobs: (id) => stage.connections.setStatus(id, 'needs_authorisation'),
    readCredentials: stage.credentials.read,
    removeCredentials: stage.credentials.remove,
    readApp: stage.readApp,
    revoke: stage.oauth.revoke,
    withTokenLease: stage.withTokenLease,
    now: () => stage.clock.nowMs,
  })(connectionId);

/** Connects; resolves to the access token. */
const connect = async (connectionId: string): Promise<string> => {
  const { callback, cookies } = await goToCallback(stage, await stage.newConnection(connectionId));
  await stage.visit(callback, { cookies });
  const value = await stage.credentials.read(connectionId);
  if (value?.kind !== 'oauth') throw new Error('it was not connected');
  return value.accessToken;
};

const isAlive = async (accessToken: string): Promise<boolean> => {
  const headers = { authorization: `Bearer ${accessToken}`, revision: '2026-07-15' };
  return (await fetch(`${stage.klaviyo.url}/api/accounts`, { headers })).ok;
};

test('disconnecting ends the grant at Klaviyo, deletes the secret and holds the jobs', async () => {
  stage.klaviyo.setAutoConsent(accountA);
  const accessToken = await connect('leaver');
  expect(await isAlive(accessToken)).toBe(true);
  expect(await disconnect('leaver')).toBe('revoked');
  expect(await isAlive(accessToken)).toBe(false);
  expect(await stage.credentials.read('leaver')).toBeUndefined();
  expect(await stage.connections.read('leaver')).toMatchObject({
    status: 'needs_authorisation',
    accountId: accountA,
  });
});

test('the grant is left alone while another connection uses the app on the same account', async () => {
  const [first, second] = [await connect('twin-1'), await connect('twin-2')];
  expect(await disconnect('twin-1')).toBe('shared');
  expect(await stage.credentials.read('twin-1')).toBeUndefined();
  expect(await isAlive(second)).toBe(true);
  expect(await disconnect('twin-2')).toBe('revoked');
  expect(await isAlive(second)).toBe(false);
  expect(first).not.toBe(second);
});

test('where Klaviyo cannot be reached nothing is deleted, and it can be repeated', async () => {
  const accessToken = await connect('patient');
  stage.klaviyo.setFaults([
    { kind: 'status', status: 503, match: { endpoint: 'POST /oauth/revoke' }, times: 1 },
  ]);
  await expect(disconnect('patient')).rejects.toMatchObject({ name: 'KlaviyoServerError' });
  expect(await stage.credentials.read('patient')).toBeDefined();
  expect((await stage.connections.read('patient'))?.status).toBe('needs_authorisation');
  expect(await disconnect('patient')).toBe('revoked');
  expect(await isAlive(accessToken)).toBe(false);
});

test('a grant that Klaviyo no longer takes from us is forgotten here all the same', async () => {
  await connect('refused');
  stage.klaviyo.setFaults([
    {
      kind: 'status',
      status: 400,
      body: { error: 'invalid_grant' },
      match: { endpoint: 'POST /oauth/revoke' },
    },
  ]);
  expect(await disconnect('refused')).toBe('refused');
  expect(await stage.credentials.read('refused')).toBeUndefined();
});

test('a private key is deleted here: there is nothing to revoke', async () => {
  await stage.newConnection('by-key', { auth: 'private_key', status: 'connected' });
  await stage.credentials.write('by-key', { kind: 'private_key', privateKey: 'pk_1' });
  const calls = stage.klaviyo.countCalls({ endpoint: 'POST /oauth/revoke' });
  expect(await disconnect('by-key')).toBe('nothing');
  expect(await stage.credentials.read('by-key')).toBeUndefined();
  expect(stage.klaviyo.countCalls({ endpoint: 'POST /oauth/revoke' })).toBe(calls);
});

test('a connection that does not exist is not disconnected', async () => {
  expect(await disconnect('nobody')).toBeUndefined();
});

test('whoever was disconnected can connect again, to the same account', async () => {
  await connect('returner');
  await disconnect('returner');
  const accessToken = await connect('returner');
  expect(await isAlive(accessToken)).toBe(true);
});
