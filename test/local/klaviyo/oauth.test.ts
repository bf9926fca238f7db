import { createHash, randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { KlaviyoSimulatorOptions } from '../../../local/klaviyo/simulator.ts';
import { startTestKlaviyo } from './simulated-klaviyo.ts';

const redirectUri = 'https://bridge.example/oauth/callback';
const app = { clientId: 'app', clientSecret: 'secret', redirectUris: [redirectUri] };
const basic = (secret = app.clientSecret) =>
  `Basic ${Buffer.from(`${app.clientId}:${secret}`).toString('base64')}`;

interface TokenBody {
  readonly access_token: string;
  readonly refresh_token: string;
  readonly error: string;
}

const startOAuth = async (options: KlaviyoSimulatorOptions = {}) => {
  const klaviyo = await startTestKlaviyo({ oauthApps: [app], autoConsent: 'ACC001', ...options });
  const verifier = randomBytes(32).toString('base64url');
  const parameters = {
    response_type: 'code',
    client_id: app.clientId,
    redirect_uri: redirectUri,
    scope: 'accounts:read lists:read',
    state: 'state-1',
    code_challenge_method: 'S256',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
  };
  const authorize = (changes: Record<string, string> = {}) =>
    klaviyo.call('GET', '/oauth/authorize', { query: { ...parameters, ...changes } });
  const post = async (path: string, form: Record<string, string>, authorization = basic()) => {
    const body = new URLSearchParams(form);
    const headers = { authorization };
    const response = await fetch(klaviyo.simulator.url + path, { method: 'POST', headers, body });
    const answer: TokenBody = JSON.parse(await response.text());
    return { status: response.status, body: answer };
  };
  const code = async (): Promise<string> => {
    const { headers } = await authorize();
    return new URL(headers.get('location') ?? '').searchParams.get('code') ?? '';
  };
  const exchange = async (changes: Record<string, string> = {}, authorization?: string) => {
    const form = { grant_type: 'authorization_code', redirect_uri: redirectUri };
    const fields = { ...form, code: await code(), code_verifier: verifier, ...changes };
    return post('/oauth/token', fields, authorization);
  };
  const refresh = (token: string) =>
    post('/oauth/token', { grant_type: 'refresh_token', refresh_token: token });
  const lists = async (token: string) => {
    const headers = { authorization: `Bearer ${token}` };
    return (await klaviyo.call('GET', '/api/lists', { headers })).status;
  };
  return { ...klaviyo, parameters, authorize, post, code, exchange, refresh, lists };
};

const query = (location: string | null) => Object.fromEntries(new URL(location ?? '').searchParams);

describe('the authorize page', () => {
  test('asks, with every value escaped, and sends the answer back', async () => {
    const { authorize, simulator, parameters } = await startOAuth({
      autoConsent: undefined,
      oauthApps: [{ ...app, redirectUris: [redirectUri] }],
    });
    const page = await authorize({ state: '"><script>alert(1)</script>' });
    expect(page.status).toBe(200);
    expect(page.text).toContain('<button name="decision" value="allow">Allow</button>');
    expect(page.text).not.toContain('<script>');
    const decide = async (decision: string) => {
      const body = new URLSearchParams({ ...parameters, account: 'ACC001', decision });
      const url = `${simulator.url}/oauth/authorize`;
      const { headers } = await fetch(url, { method: 'POST', body, redirect: 'manual' });
      return query(headers.get('location'));
    };
    expect(await decide('allow')).toEqual({ code: expect.any(String), state: 'state-1' });
    expect(await decide('deny')).toMatchObject({ error: 'access_denied', state: 'state-1' });
  });

  test('can answer at once, for a chosen account or with a denial', async () => {
    const { authorize, simulator } = await startOAuth();
    const first = await authorize();
    expect(first.status).toBe(302);
    expect(query(first.headers.get('location'))).toMatchObject({ state: 'state-1' });
    simulator.setAutoConsent('deny');
    const second = await authorize();
    expect(query(second.headers.get('location'))).toMatchObject({ error: 'access_denied' });
  });

  test('never redirects to an address that is not registered', async () => {
    const { authorize } = await startOAuth();
    for (const changes of [
      { client_id: 'other' },
      { redirect_uri: 'https://evil.example/' },
      { redirect_uri: `${redirectUri}/` },
    ]) {
      const answer = await authorize(changes);
      expect([answer.status, answer.headers.get('location')]).toEqual([400, null]);
    }
  });

  test.each<[Record<string, string>, string]>([
    [{ response_type: 'token' }, 'unsupported_response_type'],
    [{ state: '' }, 'invalid_request'],
    [{ code_challenge_method: 'plain' }, 'invalid_request'],
    [{ code_challenge: 'short' }, 'invalid_request'],
    [{ scope: '' }, 'invalid_scope'],
  ])('%o is sent back as %s', async (changes, error) => {
    const { authorize } = await startOAuth();
    const { headers } = await authorize(changes);
    expect(query(headers.get('location'))).toMatchObject({ error });
  });

  test('refuses scopes that the app may not ask for', async () => {
    const { authorize } = await startOAuth({ oauthApps: [{ ...app, scopes: ['lists:read'] }] });
    const { headers } = await authorize();
    expect(query(headers.get('location'))).toMatchObject({ error: 'invalid_scope' });
  });
});

describe('the token endpoint', () => {
  test('exchanges a code for tokens that open the account', async () => {
    const { exchange, lists, call } = await startOAuth();
    const { status, body } = await exchange();
    expect(status).toBe(200);
    expect(body).toEqual({
      access_token: expect.any(String),
      refresh_token: expect.any(String),
      token_type: 'Bearer',
      expires_in: 3600,
      scope: 'accounts:read lists:read',
    });
    expect(await lists(body.access_token)).toBe(200);
    const headers = { authorization: `Bearer ${body.access_token}` };
    expect((await call('GET', '/api/accounts', { headers })).items[0]?.id).toBe('ACC001');
    expect((await call('GET', '/api/profiles', { headers })).status).toBe(403);
  });

  test.each<[Record<string, string>, string, string]>([
    [{ code_verifier: 'x'.repeat(43) }, 'invalid_grant', 'a verifier that does not match'],
    [{ code_verifier: 'short' }, 'invalid_request', 'a malformed verifier'],
    [{ redirect_uri: `${redirectUri}?x` }, 'invalid_grant', 'another redirect URI'],
    [{ code: 'unknown' }, 'invalid_grant', 'an unknown code'],
    [{ grant_type: 'password' }, 'unsupported_grant_type', 'another grant type'],
  ])('%o answers 400 %s: %s', async (changes, error) => {
    const { exchange } = await startOAuth();
    expect(await exchange(changes)).toMatchObject({ status: 400, body: { error } });
  });

  test('wants the right secret, and a form', async () => {
    const { exchange, simulator } = await startOAuth();
    const wrong = await exchange({}, basic('wrong'));
    expect(wrong).toMatchObject({ status: 401, body: { error: 'invalid_client' } });
    const headers = { authorization: basic(), 'content-type': 'application/json' };
    const request = { method: 'POST', headers, body: '{}' };
    expect((await fetch(`${simulator.url}/oauth/token`, request)).status).toBe(400);
  });

  test('takes a code once, and for a minute', async () => {
    const { exchange, code, clock } = await startOAuth();
    const used = await code();
    expect((await exchange({ code: used })).status).toBe(200);
    expect((await exchange({ code: used })).body.error).toBe('invalid_grant');
    const late = await code();
    clock.nowMs += 60_000;
    expect((await exchange({ code: late })).body.error).toBe('invalid_grant');
  });

  test('lets access tokens expire', async () => {
    const { exchange, lists, clock, simulator } = await startOAuth({
      oauth: { expiresInSeconds: 30 },
    });
    const first = (await exchange()).body.access_token;
    clock.nowMs += 30_000;
    expect(await lists(first)).toBe(401);
    const second = (await exchange()).body.access_token;
    simulator.expireAccessTokens('ACC001');
    expect(await lists(second)).toBe(401);
  });

  test('returns the same refresh token where it does not rotate, and the old access token lives', async () => {
    const { exchange, refresh, lists } = await startOAuth();
    const { body } = await exchange();
    const again = await refresh(body.refresh_token);
    expect(again.body.refresh_token).toBe(body.refresh_token);
    expect(again.body.access_token).not.toBe(body.access_token);
    expect([await lists(body.access_token), await lists(again.body.access_token)]).toEqual([
      200, 200,
    ]);
  });

  test('kills the old refresh token where it rotates', async () => {
    const { exchange, refresh } = await startOAuth({ oauth: { rotateRefreshTokens: true } });
    const { body } = await exchange();
    const next = await refresh(body.refresh_token);
    expect(next.status).toBe(200);
    expect(await refresh(body.refresh_token)).toMatchObject({
      status: 400,
      body: { error: 'invalid_grant' },
    });
    expect((await refresh(next.body.refresh_token)).status).toBe(200);
  });

  test('forgets a refresh token that is not used for 90 days, under either name', async () => {
    const { exchange, refresh, clock } = await startOAuth({
      oauth: { deadRefreshError: 'invalid_grant_type' },
    });
    const token = (await exchange()).body.refresh_token;
    clock.nowMs += 89 * 86_400_000;
    expect((await refresh(token)).status).toBe(200);
    clock.nowMs += 90 * 86_400_000;
    expect((await refresh(token)).body.error).toBe('invalid_grant_type');
  });

  test('revokes, and a merchant can remove the app', async () => {
    const { exchange, refresh, lists, post, simulator } = await startOAuth();
    const revoked = (await exchange()).body;
    const form = { token_type_hint: 'refresh_token', token: revoked.refresh_token };
    expect((await post('/oauth/revoke', form)).status).toBe(200);
    expect((await refresh(revoked.refresh_token)).status).toBe(400);
    expect(await lists(revoked.access_token)).toBe(401);
    const removed = (await exchange()).body;
    simulator.uninstallApps('ACC001');
    expect((await refresh(removed.refresh_token)).status).toBe(400);
    expect(await lists(removed.access_token)).toBe(401);
  });

  test('gives each app a quota of its own', async () => {
    const { exchange, call } = await startOAuth({ rateLimits: {} });
    const { access_token } = (await exchange()).body;
    const headers = { authorization: `Bearer ${access_token}` };
    expect((await call('GET', '/api/accounts', { headers })).status).toBe(200);
    expect((await call('GET', '/api/accounts')).status).toBe(200);
    expect((await call('GET', '/api/accounts', { headers })).status).toBe(429);
  });

  test('can be made to fail', async () => {
    const { exchange, simulator } = await startOAuth();
    simulator.setFaults([
      { kind: 'status', status: 503, match: { endpoint: 'POST /oauth/token' } },
    ]);
    expect((await exchange()).status).toBe(503);
    expect(simulator.countCalls({ endpoint: 'POST /oauth/token', status: 503 })).toBe(1);
  });
});
