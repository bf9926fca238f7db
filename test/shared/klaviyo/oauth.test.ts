import { createHash } from 'node:crypto';
import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import {
  createKlaviyoOAuth,
  isAllowedUrl,
  isGrantRefusal,
  KlaviyoAuthorisationError,
} from '../../../shared/klaviyo/index.ts';
import { createFreePermits } from '../../support/free-permits.ts';
import { json, type Respond, startHttpServer } from '../../support/http-server.ts';
import { createVirtualPermits, type Taken } from '../../support/virtual-permits.ts';

const app = { clientId: '5a7e-11ec', clientSecret: 's3cr+t/=' };
const grant = { code: 'code-1', codeVerifier: 'v'.repeat(43), redirectUri: 'https://b.example/cb' };
const tokens = {
  access_token: 'access-1',
  token_type: 'Bearer',
  expires_in: 3_600,
  refresh_token: 'refresh-1',
  scope: 'accounts:read',
};
const nowMs = 1_000_000;

const ok: Respond = (_, response) => json(response, 200, tokens);

/** OAuth with a server that answers as the test says. */
const setUp = async (respond: Respond = ok) => {
  const server = await startHttpServer(respond);
  const { permits, taken, outcomes } = createFreePermits();
  const oauth = createKlaviyoOAuth({ permits, allowAnyApiUrl: true, now: () => nowMs });
  const request = { apiUrl: server.url, app, quotaScope: 'AcCt01', notAfterMs: nowMs + 5_000 };
  return { server, oauth, request, taken, outcomes };
};

const formOf = (body = '') => Object.fromEntries(new URLSearchParams(body));

describe('the page that asks for consent', () => {
  const options = {
    clientId: app.clientId,
    redirectUri: grant.redirectUri,
    scopes: ['accounts:read', 'events:write'],
    state: 'state-1',
    codeVerifier: grant.codeVerifier,
  };

  test("is on Klaviyo's website, for Klaviyo's API", async () => {
    const { permits } = createFreePermits();
    const oauth = createKlaviyoOAuth({ permits, allowAnyApiUrl: false });
    const url = await oauth.authorizeUrl({ ...options, apiUrl: 'https://a.klaviyo.com' });
    expect(url.origin + url.pathname).toBe('https://www.klaviyo.com/oauth/authorize');
    expect(url.searchParams.get('scope')).toBe('accounts:read events:write');
  });

  test('is beside the API, for any other', async () => {
    const { server, oauth } = await setUp();
    await using _ = server;
    const url = await oauth.authorizeUrl({ ...options, apiUrl: `${server.url}/some/path` });
    expect(url.origin + url.pathname).toBe(`${server.url}/oauth/authorize`);
  });

  test('gets the SHA-256 of the verifier and not the verifier', async () => {
    const { server, oauth } = await setUp();
    await using _ = server;
    const url = await oauth.authorizeUrl({ ...options, apiUrl: server.url });
    const challenge = createHash('sha256').update(grant.codeVerifier).digest('base64url');
    expect(url.searchParams.get('code_challenge')).toBe(challenge);
    expect(url.href).not.toContain(grant.codeVerifier);
  });
});

describe('a token request', () => {
  test('trades a code for tokens as Klaviyo documents it', async () => {
    const { server, oauth, request } = await setUp();
    await using _ = server;
    await expect(oauth.exchangeCode(request, grant)).resolves.toEqual({
      accessToken: 'access-1',
      refreshToken: 'refresh-1',
      issuedAtMs: nowMs,
      expiresAtMs: nowMs + 3_600_000,
      scope: 'accounts:read',
    });
    const [received] = server.requests;
    expect(received).toMatchObject({ method: 'POST', url: { pathname: '/oauth/token' } });
    expect(received?.headers['content-type']).toContain('application/x-www-form-urlencoded');
    expect(formOf(received?.body)).toEqual({
      grant_type: 'authorization_code',
      code: 'code-1',
      code_verifier: grant.codeVerifier,
      redirect_uri: grant.redirectUri,
    });
  });

  test('names the app by Basic with id and secret as they are, hyphens and all', async () => {
    const { server, oauth, request } = await setUp();
    await using _ = server;
    await oauth.refresh(request, 'refresh-0');
    const pair = Buffer.from('5a7e-11ec:s3cr+t/=').toString('base64');
    expect(server.requests[0]?.headers.authorization).toBe(`Basic ${pair}`);
    expect(formOf(server.requests[0]?.body)).toEqual({
      grant_type: 'refresh_token',
      refresh_token: 'refresh-0',
    });
  });

  test('gets whatever refresh token comes back, and knows where none does', async () => {
    const { refresh_token: _none, ...rest } = tokens;
    const { server, oauth, request } = await setUp((_, response) => json(response, 200, rest));
    await using _ = server;
    expect((await oauth.refresh(request, 'refresh-0')).refreshToken).toBeUndefined();
  });

  test('assumes an hour where Klaviyo does not say how long the token lives', async () => {
    const { expires_in: _none, ...rest } = tokens;
    const { server, oauth, request } = await setUp((_, response) => json(response, 200, rest));
    await using _ = server;
    expect((await oauth.refresh(request, 'r')).expiresAtMs).toBe(nowMs + 3_600_000);
  });

  test('needs a permit of a ledger of its own, and says how it ended', async () => {
    const { server, oauth, request, taken, outcomes } = await setUp();
    await using _ = server;
    await oauth.refresh(request, 'refresh-0');
    expect(taken).toEqual([
      expect.objectContaining({
        quotaScope: 'AcCt01',
        endpoint: 'POST /oauth/token',
        tier: 'XS',
        notAfterMs: request.notAfterMs,
      }),
    ]);
    expect(outcomes).toEqual([{ kind: 'answered', atMs: nowMs }]);
  });

  test('is not put off by those that had no turn before it', async () => {
    const { server, oauth, request, taken } = await setUp();
    await using _ = server;
    await oauth.refresh(request, 'refresh-0');
    const { boot, takenWithin } = createVirtualPermits();
    const { clock, call } = boot();
    const ask = () => call({ ...taken[0], notAfterMs: clock.nowMs() + 2_000 });
    const results: Taken[] = [];
    for (let calls = 0; calls < 20; calls += 1)
      results.push(...(await takenWithin(2_500, [ask()])));
    // Of the 50 seconds, every permit takes 3.5.
    expect(results.filter(({ kind }) => kind === 'permit').length).toBeGreaterThan(9);
    const waits = results.map((taken) => (taken.kind === 'later' ? taken.retryAfterMs : 0));
    expect(Math.max(...waits)).toBeLessThan(4_000);
  });

  test('is not sent without a permit', async () => {
    const server = await startHttpServer(ok);
    await using _ = server;
    const permits = {
      take: () => Promise.reject(new Error('no turn')),
      flush: async () => {},
    };
    const oauth = createKlaviyoOAuth({ permits, allowAnyApiUrl: true });
    const request = { apiUrl: server.url, app, quotaScope: 'A', notAfterMs: 0 };
    await expect(oauth.refresh(request, 'r')).rejects.toThrow('no turn');
    expect(server.requests).toHaveLength(0);
  });

  test('ends with its signal', async () => {
    const { server, oauth, request, outcomes } = await setUp(() => {});
    await using _ = server;
    const signal = AbortSignal.timeout(50);
    await expect(oauth.refresh({ ...request, signal }, 'r')).rejects.toMatchObject({
      name: 'KlaviyoUnreachableError',
      retryable: true,
    });
    expect(outcomes).toEqual([{ kind: 'unanswered', atMs: nowMs }]);
  });

  test('does not follow a redirect: secrets would go along', async () => {
    const elsewhere = await startHttpServer(ok);
    await using _elsewhere = elsewhere;
    const { server, oauth, request } = await setUp((_, response) => {
      response.writeHead(307, { location: `${elsewhere.url}/oauth/token` }).end();
    });
    await using _ = server;
    await expect(oauth.refresh(request, 'r')).rejects.toMatchObject({
      name: 'KlaviyoForeignAnswerError',
      status: 307,
    });
    expect(elsewhere.requests).toHaveLength(0);
  });
});

describe('a refusal', () => {
  test.each([
    ['invalid_grant', 400],
    ['invalid_grant', 401],
    ['invalid_grant_type', 400],
  ])('%s with status %i means: authorise again', async (error, status) => {
    const { server, oauth, request } = await setUp((_, response) =>
      json(response, status, { error }, { 'www-authenticate': 'Basic realm="x"' }),
    );
    await using _ = server;
    const refusal = await oauth.refresh(request, 'r').catch((reason: unknown) => reason);
    expect(isGrantRefusal(refusal)).toBe(true);
    expect(refusal).toMatchObject({ status: 401, retryable: false });
  });

  test.each(['invalid_client', 'invalid_request', 'Code challenge failed.'])(
    '%s is a refusal, and none of the grant',
    async (error) => {
      const { server, oauth, request } = await setUp((_, response) =>
        json(response, 400, { error }),
      );
      await using _ = server;
      const refusal = await oauth.refresh(request, 'r').catch((reason: unknown) => reason);
      expect(refusal).toBeInstanceOf(KlaviyoAuthorisationError);
      expect(isGrantRefusal(refusal)).toBe(false);
    },
  );

  test.each([
    ['KlaviyoServerError', 503, undefined],
    ['KlaviyoForeignAnswerError', 400, undefined],
    ['KlaviyoForeignAnswerError', 401, undefined],
    ['KlaviyoForeignAnswerError', 403, undefined],
    ['KlaviyoForeignAnswerError', 403, { message: 'not allowed' }],
    ['KlaviyoForeignAnswerError', 200, undefined],
    ['KlaviyoServerError', 200, { token_type: 'Bearer' }],
    ['KlaviyoServerError', 200, { ...tokens, token_type: 'mac' }],
    ['KlaviyoRateLimitError', 429, undefined],
  ])('%s is no disconnect: status %i', async (name, status, body) => {
    const { server, oauth, request } = await setUp((_, response) => {
      if (body !== undefined) return json(response, status, body);
      response.writeHead(status, { 'content-type': 'text/html', 'retry-after': '2' });
      response.end('<html>not today</html>');
    });
    await using _ = server;
    const failure = await oauth.refresh(request, 'r').catch((reason: unknown) => reason);
    expect(failure).toMatchObject({ name, retryable: true });
    expect(isGrantRefusal(failure)).toBe(false);
  });

  test('holds the ledger for as long as Klaviyo asks', async () => {
    const { server, oauth, request, outcomes } = await setUp((_, response) =>
      json(response, 429, {}, { 'retry-after': '7' }),
    );
    await using _ = server;
    await expect(oauth.refresh(request, 'r')).rejects.toMatchObject({ retryAfterMs: 7_000 });
    expect(outcomes).toEqual([{ kind: 'throttled', atMs: nowMs, retryAfterMs: 7_000 }]);
  });

  test('quotes nothing of what was sent or answered', async () => {
    const echo = { error: 'no refresh-canary', error_description: 'refresh-canary', extra: 'x' };
    const bad = { ...tokens, access_token: 'access-canary', token_type: 'mac' };
    for (const [status, body] of [
      [400, echo],
      [400, { error: 'invalid_grant', error_description: 'refresh-canary' }],
      [200, bad],
      [500, echo],
    ] as const) {
      const { server, oauth, request } = await setUp((_, response) => json(response, status, body));
      await using _ = server;
      const failure = await oauth.refresh(request, 'refresh-canary').catch((reason) => reason);
      expect(failure).toBeInstanceOf(Error);
      expect(inspect(failure, { depth: 9 })).not.toMatch(/canary|s3cr/);
    }
  });
});

describe('a revocation', () => {
  test('names the refresh token, and needs no body in the answer', async () => {
    const { server, oauth, request } = await setUp((_, response) => response.writeHead(200).end());
    await using _ = server;
    await expect(oauth.revoke(request, 'refresh-1')).resolves.toBeUndefined();
    expect(server.requests[0]?.url.pathname).toBe('/oauth/revoke');
    expect(formOf(server.requests[0]?.body)).toEqual({
      token: 'refresh-1',
      token_type_hint: 'refresh_token',
    });
  });

  test('takes any success for one', async () => {
    const { server, oauth, request } = await setUp((_, response) => response.writeHead(204).end());
    await using _ = server;
    await expect(oauth.revoke(request, 'refresh-1')).resolves.toBeUndefined();
  });
});

test('a page in the place of an answer is no revocation', async () => {
  const { server, oauth, request } = await setUp((_, response) => {
    response.writeHead(200, { 'content-type': 'text/html' }).end('<html>log in first</html>');
  });
  await using _ = server;
  await expect(oauth.revoke(request, 'refresh-1')).rejects.toMatchObject({
    name: 'KlaviyoForeignAnswerError',
    retryable: true,
  });
});

describe('where credentials may go', () => {
  test.each([
    'http://a.klaviyo.com',
    'https://a.klaviyo.com.evil.example',
    'https://evilklaviyo.com',
    'https://a.klaviyo.com@evil.example',
    'https://a.klaviyo.com:8443',
    'https://127.0.0.1',
    'https://klaviyo.com',
    'https://www.klaviyo.com',
    'https://forgotten.klaviyo.com',
    'https://a.klaviyo.com.',
    'https://user:word@a.klaviyo.com',
    'https://a.klaviyo.com/?to=evil.example',
    'https://a.klaviyo.com?',
    'https://a.klaviyo.com#',
    'https://a.klaviyo.com/path',
    'https://a.klaviyo.com\\@evil.example',
    ' https://a.klaviyo.com',
    'a.klaviyo.com',
  ])('not to %s, and nothing is sent there', async (apiUrl) => {
    expect(isAllowedUrl(apiUrl, false)).toBe(false);
    let sent = 0;
    const oauth = createKlaviyoOAuth({
      permits: createFreePermits().permits,
      allowAnyApiUrl: false,
      fetch: async () => {
        sent += 1;
        return new Response('{}');
      },
    });
    const request = { apiUrl, app, quotaScope: 'A', notAfterMs: Date.now() + 1_000 };
    await expect(oauth.exchangeCode(request, grant)).rejects.toThrow(/not Klaviyo's/);
    await expect(oauth.refresh(request, 'r')).rejects.toThrow(/not Klaviyo's/);
    await expect(oauth.revoke(request, 'r')).rejects.toThrow(/not Klaviyo's/);
    expect(sent).toBe(0);
  });

  test.each(['https://a.klaviyo.com', 'https://a.klaviyo.com/', 'https://A.klaviyo.com:443'])(
    'to %s',
    (apiUrl) => {
      expect(isAllowedUrl(apiUrl, false)).toBe(true);
    },
  );

  test.each(['http://127.0.0.1:4000', 'http://[::1]:4000/base/', 'https://mock.example'])(
    'on a stage that allows any, to %s',
    (apiUrl) => {
      expect(isAllowedUrl(apiUrl, true)).toBe(true);
      expect(isAllowedUrl(apiUrl, false)).toBe(false);
    },
  );

  test.each(['http://u:p@127.0.0.1', 'http://127.0.0.1/?a', 'http://127.0.0.1/#a', 'ftp://a.b'])(
    'on no stage to %s',
    (apiUrl) => {
      expect(isAllowedUrl(apiUrl, true)).toBe(false);
    },
  );

  test('token traffic goes to the origin of the API and nowhere else', async () => {
    const urls: string[] = [];
    const oauth = createKlaviyoOAuth({
      permits: createFreePermits().permits,
      allowAnyApiUrl: false,
      fetch: async (input) => {
        urls.push(input instanceof Request ? input.url : String(input));
        return Response.json(tokens);
      },
    });
    const apiUrl = 'https://a.klaviyo.com';
    const request = { apiUrl, app, quotaScope: 'A', notAfterMs: Date.now() + 1_000 };
    await oauth.exchangeCode(request, grant);
    await oauth.refresh(request, 'r');
    await oauth.revoke(request, 'r');
    expect(urls).toEqual([
      'https://a.klaviyo.com/oauth/token',
      'https://a.klaviyo.com/oauth/token',
      'https://a.klaviyo.com/oauth/revoke',
    ]);
  });
});
