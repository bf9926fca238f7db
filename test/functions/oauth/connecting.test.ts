import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { scopes } from '../../../shared/klaviyo/index.ts';
import type { VisitOptions } from '../../support/http-event.ts';
import {
  type Answer,
  accountA,
  accountB,
  app,
  consent,
  cookieOf,
  goToCallback,
  locationOf,
  type OAuthStage,
  publicUrl,
  startOAuthStage,
} from '../../support/oauth-stage.ts';

let stage: OAuthStage;
beforeAll(async () => {
  stage = await startOAuthStage();
});
afterAll(() => stage[Symbol.asyncDispose]());
beforeEach(() => {
  stage.klaviyo.setFaults([]);
  stage.klaviyo.setAutoConsent(accountA);
});

const statusOf = async (connectionId: string) =>
  (await stage.connections.read(connectionId))?.status;

/** Where the page's button leads. */
const actionOf = ({ body = '' }: Answer): string | undefined =>
  /<a class="action" href="([^"]+)"/.exec(body)?.[1]?.replaceAll('&amp;', '&');

const finish = async (link: string) => {
  const { callback, cookies } = await goToCallback(stage, link);
  return stage.visit(callback, { cookies });
};

describe('a merchant who opens the link', () => {
  test('is sent to Klaviyo with a PKCE challenge, a fresh state and the scopes in use', async () => {
    const left = await stage.press(await stage.newConnection('to-klaviyo'));
    expect(left.statusCode).toBe(303);
    const url = locationOf(left);
    expect(url.origin + url.pathname).toBe(`${stage.klaviyo.url}/oauth/authorize`);
    expect(Object.fromEntries(url.searchParams)).toEqual({
      response_type: 'code',
      client_id: app.clientId,
      redirect_uri: `${publicUrl}/oauth/callback`,
      scope: scopes.join(' '),
      state: expect.stringMatching(/^[A-Za-z0-9_-]{43}$/),
      code_challenge: expect.stringMatching(/^[A-Za-z0-9_-]{43}$/),
      code_challenge_method: 'S256',
    });
  });

  test('gets a cookie that only this host can read, over TLS, for as long as the state lives', async () => {
    const left = await stage.press(await stage.newConnection('cookie'));
    expect(left.cookies).toEqual([
      expect.stringMatching(
        /^__Host-klaviyo-bridge=[\w-]{43}; Path=\/; Secure; HttpOnly; SameSite=Lax; Max-Age=600$/,
      ),
    ]);
  });

  test('who allows access is connected: tokens stored, account bound, status set', async () => {
    const page = await finish(await stage.newConnection('happy'));
    expect(page.statusCode).toBe(200);
    expect(page.body).toContain('Klaviyo is connected');
    expect(await stage.credentials.read('happy')).toMatchObject({
      kind: 'oauth',
      accessToken: expect.any(String),
      refreshToken: expect.any(String),
      expiresAtMs: stage.clock.nowMs + 3_600_000,
      scope: scopes.join(' '),
    });
    expect(await stage.connections.read('happy')).toMatchObject({
      status: 'connected',
      auth: 'oauth',
      accountId: accountA,
    });
  });

  test('reads whose account it was, whatever characters its name has', async () => {
    const page = await finish(await stage.newConnection('named'));
    expect(page.body).toContain('Acme &amp; Sons &lt;b&gt;Ltd&lt;/b&gt;');
    expect(page.body).toContain(accountA);
  });

  test('loses the cookie once it has served', async () => {
    const page = await finish(await stage.newConnection('cookie-gone'));
    expect(page.cookies).toEqual([expect.stringContaining('__Host-klaviyo-bridge=; ')]);
    expect(page.cookies?.[0]).toContain('Max-Age=0');
  });
});

describe('a merchant for whom something went wrong', () => {
  test('and who declined by mistake can try again from the page', async () => {
    const link = await stage.newConnection('declined');
    stage.klaviyo.setAutoConsent('deny');
    const page = await finish(link);
    expect(page.statusCode).toBe(403);
    expect(page.body).toContain('Access was not allowed');
    expect(await statusOf('declined')).toBe('needs_authorisation');

    stage.klaviyo.setAutoConsent(accountA);
    const retry = actionOf(page) ?? '';
    expect(retry).not.toBe(link);
    expect((await finish(retry)).statusCode).toBe(200);
    expect(await statusOf('declined')).toBe('connected');
  });

  test('cannot stretch the life of the link by trying again', async () => {
    const link = await stage.newConnection('no-stretching');
    stage.klaviyo.setAutoConsent('deny');
    const started = stage.clock.nowMs;
    stage.clock.nowMs += 25 * 60_000;
    const retry = actionOf(await finish(link)) ?? '';
    stage.clock.nowMs = started + 30 * 60_000 + 1;
    expect((await stage.press(retry)).body).toContain('This link has expired');
  });

  test('is told whom to ask when the link has no time left', async () => {
    const link = await stage.newConnection('no-time');
    stage.klaviyo.setAutoConsent('deny');
    stage.clock.nowMs += 29 * 60_000 + 30_000;
    const page = await finish(link);
    expect(actionOf(page)).toBeUndefined();
    expect(page.body).toContain('Ask the person who sent you the link');
  });

  test.each([
    ['fails', { kind: 'status', status: 503 }],
    ['is overloaded', { kind: 'status', status: 429 }],
    ['answers with a page of its network', { kind: 'challenge' }],
    ['hangs up', { kind: 'reset', when: 'before' }],
  ] as const)(
    'reads that Klaviyo cannot be reached when its token endpoint %s',
    async (_, fault) => {
      const link = await stage.newConnection('token-down');
      stage.klaviyo.setFaults([{ ...fault, match: { endpoint: 'POST /oauth/token' } }]);
      const page = await finish(link);
      expect(page.statusCode).toBe(503);
      expect(page.body).toContain('Klaviyo cannot be reached');
      expect(actionOf(page)).toContain('/oauth/connect?ticket=');
      expect(await stage.credentials.read('token-down')).toBeUndefined();
    },
  );

  test('reads the same when the account cannot be read, and nothing is stored', async () => {
    const link = await stage.newConnection('accounts-down');
    stage.klaviyo.setFaults([
      { kind: 'status', status: 500, match: { endpoint: 'GET /api/accounts' } },
    ]);
    expect((await finish(link)).body).toContain('Klaviyo cannot be reached');
    expect(await stage.credentials.read('accounts-down')).toBeUndefined();
    expect((await stage.connections.read('accounts-down'))?.accountId).toBeUndefined();
  });

  test('reads that it is not set up when Klaviyo does not know the app', async () => {
    const link = await stage.newConnection('wrong-app');
    const { callback, cookies } = await goToCallback(stage, link);
    stage.klaviyo.setFaults([
      {
        kind: 'status',
        status: 401,
        body: { error: 'invalid_client' },
        match: { endpoint: 'POST /oauth/token' },
      },
    ]);
    const page = await stage.visit(callback, { cookies });
    expect(page.statusCode).toBe(500);
    expect(page.body).toContain('not set up');
    const line = stage.log.lines.findLast((one) => one.includes('"connectionId":"wrong-app"'));
    expect(line).toContain('"level":"ERROR"');
    expect(line).toContain('(invalid_client)');
  });

  test('keeps the link when the stage has no OAuth app yet', async () => {
    await using bare = await startOAuthStage();
    const name = 'klaviyo-bridge/test/oauth-app';
    const stored = bare.secrets.stored.get(name) ?? '';
    bare.secrets.stored.delete(name);
    const link = await bare.newConnection('no-app');
    expect((await bare.press(link)).body).toContain('not set up');
    bare.secrets.stored.set(name, stored);
    expect((await bare.press(link)).statusCode).toBe(303);
  });

  test('reads that the connection is gone when an operator removed it meanwhile', async () => {
    const link = await stage.newConnection('gone');
    const { callback, cookies } = await goToCallback(stage, link);
    await stage.connections.remove('gone');
    const page = await stage.visit(callback, { cookies });
    expect(page.statusCode).toBe(410);
    expect(await stage.credentials.read('gone')).toBeUndefined();
    expect(await stage.connections.read('gone')).toBeUndefined();
  });
});

describe('a connection that was there before', () => {
  test('is released when it is authorised again', async () => {
    await finish(await stage.newConnection('again'));
    await stage.connections.setStatus('again', 'needs_authorisation');
    const before = await stage.credentials.read('again');
    expect((await finish(await stage.newLink('again'))).statusCode).toBe(200);
    expect(await statusOf('again')).toBe('connected');
    expect(await stage.credentials.read('again')).not.toEqual(before);
  });

  test('stays paused when an operator has paused it', async () => {
    const link = await stage.newConnection('paused', { status: 'paused' });
    expect((await finish(link)).statusCode).toBe(200);
    expect(await statusOf('paused')).toBe('paused');
  });

  test('moves from a private key to OAuth on the same account', async () => {
    await stage.credentials.write('key', { kind: 'private_key', privateKey: 'pk_1' });
    const link = await stage.newConnection('key', { auth: 'private_key', accountId: accountA });
    await finish(link);
    expect(await stage.connections.read('key')).toMatchObject({ auth: 'oauth' });
    expect(await stage.credentials.read('key')).toMatchObject({ kind: 'oauth' });
  });

  test('waits for a refresh that is under way before its tokens are replaced', async () => {
    const link = await stage.newConnection('refreshing');
    const { callback, cookies } = await goToCallback(stage, link);
    const order: string[] = [];
    const refresh = stage.withTokenLease('refreshing', async () => {
      await new Promise((resolve) => setTimeout(resolve, 150));
      await stage.credentials.write('refreshing', { kind: 'private_key', privateKey: 'old' });
      order.push('refreshed');
    });
    await new Promise((resolve) => setTimeout(resolve, 30));
    const connected = stage.visit(callback, { cookies }).then(() => order.push('connected'));
    await Promise.all([refresh, connected]);
    expect(order).toEqual(['refreshed', 'connected']);
    expect(await stage.credentials.read('refreshing')).toMatchObject({ kind: 'oauth' });
  });

  test('never mixes the tokens of two accounts that are connected at the same time', async () => {
    const link = await stage.newConnection('race');
    const first = await stage.press(link);
    const second = await stage.press(await stage.newLink('race'));
    const callbackA = await consent(first);
    stage.klaviyo.setAutoConsent(accountB);
    const callbackB = await consent(second);
    const pages = await Promise.all([
      stage.visit(callbackA, { cookies: [cookieOf(first)] }),
      stage.visit(callbackB, { cookies: [cookieOf(second)] }),
    ]);
    expect(pages.map(({ statusCode }) => statusCode).toSorted()).toEqual([200, 409]);
    const credentials = await stage.credentials.read('race');
    if (credentials?.kind !== 'oauth') throw new Error('no tokens were stored');
    const response = await fetch(`${stage.klaviyo.url}/api/accounts`, {
      headers: { authorization: `Bearer ${credentials.accessToken}`, revision: '2026-07-15' },
    });
    const { data } = (await response.json()) as { data: { id: string }[] };
    expect(data[0]?.id).toBe((await stage.connections.read('race'))?.accountId);
  });
});

describe('an account that the connection does not belong to', () => {
  const revocations = () => stage.klaviyo.countCalls({ endpoint: 'POST /oauth/revoke' });

  /** As `bridge disconnect` leaves it, with the grant still there at Klaviyo. */
  const leave = async (connectionId: string): Promise<void> => {
    await stage.connections.setStatus(connectionId, 'needs_authorisation');
    await stage.credentials.remove(connectionId);
  };

  beforeEach(async () => {
    for await (const { connectionId, accountId } of stage.connections.list())
      if (accountId === accountB) await leave(connectionId);
  });

  /** Another connection, of the account that will be the wrong one; resolves to its header. */
  const connectOther = async (connectionId: string): Promise<string> => {
    stage.klaviyo.setAutoConsent(accountB);
    await finish(await stage.newConnection(connectionId));
    const value = await stage.credentials.read(connectionId);
    return `Bearer ${value?.kind === 'oauth' ? value.accessToken : ''}`;
  };

  const isAlive = async (authorization: string): Promise<boolean> => {
    const headers = { authorization, revision: '2026-07-15' };
    return (await fetch(`${stage.klaviyo.url}/api/accounts`, { headers })).ok;
  };

  /** A connection of one account, whose next link is opened by somebody of the other. */
  const swap = async (connectionId: string) => {
    stage.klaviyo.setAutoConsent(accountA);
    await finish(await stage.newConnection(connectionId));
    stage.klaviyo.setAutoConsent(accountB);
    expect((await finish(await stage.newLink(connectionId))).statusCode).toBe(409);
  };

  test('is left without the app', async () => {
    const header = await connectOther('left-behind');
    await leave('left-behind');
    expect(await isAlive(header)).toBe(true);
    await swap('swapped');
    expect(await isAlive(header)).toBe(false);
  });

  test('keeps the grant that another connection uses', async () => {
    const header = await connectOther('of-b');
    const before = revocations();
    await swap('swapped-too');
    expect(revocations()).toBe(before);
    expect(await isAlive(header)).toBe(true);
  });

  test('is told of in the log where the app could not be removed, which is tried once', async () => {
    const before = revocations();
    stage.klaviyo.setFaults([
      { kind: 'status', status: 503, match: { endpoint: 'POST /oauth/revoke' } },
    ]);
    await swap('not-revoked');
    expect(revocations()).toBe(before + 1);
    const line = stage.log.lines.findLast((one) => one.includes('"connectionId":"not-revoked"'));
    expect(JSON.parse(line ?? '')).toMatchObject({
      level: 'WARN',
      result: 'other_account',
      errorMessage: 'POST /oauth/revoke: Klaviyo failed with status 503',
    });
  });
});

describe('a link', () => {
  test('opens a page with a button, which names the connection and leads to Klaviyo', async () => {
    const page = await stage.visit(await stage.newConnection('offered'));
    expect(page.statusCode).toBe(200);
    expect(page.body).toContain('<strong>offered</strong>');
    expect(page.body).toContain('<form method="post"><button');
    expect(page.cookies).toBeUndefined();
    expect(page.headers?.['content-security-policy']).toContain(
      `form-action 'self' ${stage.klaviyo.url};`,
    );
  });

  const chrome = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/142.0.0.0 Safari/537.36';
  test.each<[string, VisitOptions]>([
    ['a scanner of mail that looks like any browser', { headers: { 'user-agent': chrome } }],
    ['a preview', { headers: { 'user-agent': 'facebookexternalhit/1.1' } }],
    ['a browser that fetches ahead', { headers: { 'sec-purpose': 'prefetch;prerender' } }],
    ['HEAD', { method: 'HEAD' }],
    [
      'a form of another site',
      { method: 'POST', headers: { 'sec-fetch-site': 'cross-site', 'user-agent': chrome } },
    ],
  ])('is not used up by %s', async (_, options) => {
    const link = await stage.newConnection('scanned');
    for (let times = 0; times < 3; times += 1) {
      const page = await stage.visit(link, options);
      expect(page.statusCode).toBe(200);
      expect(page.cookies).toBeUndefined();
    }
    expect((await stage.press(link)).statusCode).toBe(303);
  });

  test('that is of no use any more says so before a button is pressed', async () => {
    const [used, old] = [await stage.newConnection('stale'), await stage.newLink('stale')];
    await stage.press(used);
    expect(await stage.visit(used)).toMatchObject({
      statusCode: 410,
      body: expect.stringContaining('This link no longer works'),
    });
    stage.clock.nowMs += 30 * 60_000;
    expect(await stage.visit(old)).toMatchObject({
      statusCode: 410,
      body: expect.stringContaining('This link has expired'),
    });
  });
});

test('a callback is not used up by a browser that fetches ahead, nor by HEAD', async () => {
  const link = await stage.newConnection('ahead');
  const { callback, cookies } = await goToCallback(stage, link);
  const headers = { 'sec-purpose': 'prefetch;prerender' };
  expect((await stage.visit(callback, { cookies, headers })).statusCode).toBe(503);
  const head = await stage.visit(callback, { cookies, method: 'HEAD' });
  expect(head).toMatchObject({ statusCode: 200, body: '' });
  expect((await stage.visit(callback, { cookies })).statusCode).toBe(200);
});

describe('every answer', () => {
  const seen: Record<string, () => Promise<Answer>> = {
    'the redirect': async () => stage.press(await stage.newConnection('headers-1')),
    'the page of a link': async () => stage.visit(await stage.newConnection('headers-0')),
    'the connected page': async () => finish(await stage.newConnection('headers-2')),
    'a refusal': async () => stage.visit('/oauth/callback'),
    'an unknown path': async () => stage.visit('/oauth/other'),
    'another method': async () => stage.visit('/oauth/callback', { method: 'POST' }),
  };

  test.each(Object.entries(seen))('is never kept nor named to others: %s', async (_, open) => {
    const { headers } = await open();
    expect(headers).toMatchObject({
      'cache-control': 'no-store',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      'referrer-policy': 'no-referrer',
      'strict-transport-security': expect.stringMatching(/^max-age=\d{8}; includeSubDomains$/),
      'x-content-type-options': 'nosniff',
    });
    const permissions = String(headers?.['permissions-policy']).split(', ');
    expect(permissions).toEqual(expect.arrayContaining(['camera=()', 'payment=()', 'usb=()']));
    expect(permissions.filter((permission) => !permission.endsWith('=()'))).toEqual([]);
  });

  test.each(Object.entries(seen).slice(1))(
    'allows its own style and nothing else: %s',
    async (_, open) => {
      const { headers, body = '' } = await open();
      const policy = String(headers?.['content-security-policy']);
      expect(policy).toMatch(/^default-src 'none'; style-src 'sha256-[A-Za-z0-9+/=]{44}'; /);
      expect(policy).toContain("frame-ancestors 'none'");
      expect(policy).not.toContain('unsafe');
      expect(body).toMatch(/^<!doctype html>\n<html lang="en">/);
      expect(body).not.toMatch(/<script|https?:\/\/(?!bridge\.example)|<img|<link/);
    },
  );

  test('is 404 for a path and 405 for a method that there is not', async () => {
    expect((await stage.visit('/oauth/other')).statusCode).toBe(404);
    const posted = await stage.visit('/oauth/callback', { method: 'POST' });
    expect(posted).toMatchObject({ statusCode: 405, headers: { allow: 'GET, HEAD' } });
    const put = await stage.visit('/oauth/connect', { method: 'PUT' });
    expect(put).toMatchObject({ statusCode: 405, headers: { allow: 'GET, HEAD, POST' } });
  });

  test('is logged and counted by how it ended', async () => {
    stage.log.lines.length = 0;
    await finish(await stage.newConnection('logged'));
    const log = stage.log.lines.join('\n');
    expect(log).toContain('"result":"connected","connectionId":"logged"');
    expect(log).toContain('"OAuthPages":1');
  });
});
