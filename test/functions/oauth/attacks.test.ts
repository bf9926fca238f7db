/** What an attacker can try, one test each. Nothing may come of it but a page that says what to do. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import {
  type Answer,
  accountA,
  accountB,
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
beforeEach(() => stage.klaviyo.setAutoConsent(accountA));

let count = 0;
/** A connection of its own for each test, and how it stands at the end. */
const newConnection = async () => {
  count += 1;
  const connectionId = `victim-${count}`;
  const link = await stage.newConnection(connectionId);
  return { connectionId, link };
};

const expectUntouched = async (connectionId: string): Promise<void> => {
  expect(await stage.credentials.read(connectionId)).toBeUndefined();
  const settings = await stage.connections.read(connectionId);
  expect(settings).toMatchObject({ status: 'needs_authorisation' });
  expect(settings?.accountId).toBeUndefined();
};

const with_ = (address: string, parameters: Readonly<Record<string, string | undefined>>) => {
  const url = new URL(address);
  for (const [name, value] of Object.entries(parameters))
    if (value === undefined) url.searchParams.delete(name);
    else url.searchParams.set(name, value);
  return url.href;
};

const codeOf = (address: string) => new URL(address).searchParams.get('code') ?? '';
const stateOf = (address: string) => new URL(address).searchParams.get('state') ?? '';
const tokenCalls = () => stage.klaviyo.countCalls({ endpoint: 'POST /oauth/token' });
const randomValue = () =>
  Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString('base64url');

test('a callback without a state is refused', async () => {
  const { connectionId, link } = await newConnection();
  const { callback, cookies } = await goToCallback(stage, link);
  const page = await stage.visit(with_(callback, { state: undefined }), { cookies });
  expect(page.statusCode).toBe(400);
  await expectUntouched(connectionId);
});

test('a callback with a state that nobody issued is refused', async () => {
  const { connectionId, link } = await newConnection();
  const { callback, cookies } = await goToCallback(stage, link);
  const page = await stage.visit(with_(callback, { state: randomValue() }), { cookies });
  expect(page.statusCode).toBe(400);
  await expectUntouched(connectionId);
});

test('a state that has served is refused, whatever code comes with it', async () => {
  const { connectionId, link } = await newConnection();
  const { callback, cookies } = await goToCallback(stage, link);
  expect((await stage.visit(callback, { cookies })).statusCode).toBe(200);
  const stored = await stage.credentials.read(connectionId);
  const other = await goToCallback(stage, await stage.newLink(connectionId));
  const calls = tokenCalls();
  const replay = with_(callback, { code: codeOf(other.callback) });
  expect((await stage.visit(replay, { cookies })).statusCode).toBe(400);
  expect(tokenCalls()).toBe(calls);
  expect(await stage.credentials.read(connectionId)).toEqual(stored);
});

test('a state is refused ten minutes after the link was opened', async () => {
  const { connectionId, link } = await newConnection();
  const { callback, cookies } = await goToCallback(stage, link);
  stage.clock.nowMs += 10 * 60_000;
  const page = await stage.visit(callback, { cookies });
  expect(page.statusCode).toBe(410);
  expect(page.body).toContain('That took too long');
  await expectUntouched(connectionId);
});

test('the state of another connection is refused in a browser that started its own', async () => {
  const [mine, others] = [await newConnection(), await newConnection()];
  const started = await goToCallback(stage, mine.link);
  const stolen = await goToCallback(stage, others.link);
  const mixed = with_(started.callback, { state: stateOf(stolen.callback) });
  expect((await stage.visit(mixed, { cookies: started.cookies })).statusCode).toBe(403);
  await expectUntouched(mine.connectionId);
  await expectUntouched(others.connectionId);
});

test('a callback without the cookie is refused, and the state is left to its owner', async () => {
  const { connectionId, link } = await newConnection();
  const { callback, cookies } = await goToCallback(stage, link);
  expect((await stage.visit(callback)).statusCode).toBe(403);
  await expectUntouched(connectionId);
  expect((await stage.visit(callback, { cookies })).statusCode).toBe(200);
});

test("an attacker's code and state are refused in the victim's browser", async () => {
  const { connectionId, link } = await newConnection();
  stage.klaviyo.setAutoConsent(accountB);
  const attacker = await goToCallback(stage, link);
  const victim = await goToCallback(stage, (await newConnection()).link);
  const page = await stage.visit(attacker.callback, { cookies: victim.cookies });
  expect(page.statusCode).toBe(403);
  expect(page.body).toContain('another browser');
  await expectUntouched(connectionId);
});

test('a cookie that was sent twice is no cookie', async () => {
  const { connectionId, link } = await newConnection();
  const { callback, cookies } = await goToCallback(stage, link);
  const planted = `__Host-klaviyo-bridge=${randomValue()}`;
  expect((await stage.visit(callback, { cookies: [planted, ...cookies] })).statusCode).toBe(403);
  await expectUntouched(connectionId);
});

test('a code that has served is refused under a fresh state', async () => {
  const first = await newConnection();
  const used = await goToCallback(stage, first.link);
  await stage.visit(used.callback, { cookies: used.cookies });
  const second = await newConnection();
  const fresh = await goToCallback(stage, second.link);
  const replay = with_(fresh.callback, { code: codeOf(used.callback) });
  const page = await stage.visit(replay, { cookies: fresh.cookies });
  expect(page.statusCode).toBe(400);
  expect(page.body).toContain('Klaviyo did not confirm the connection');
  await expectUntouched(second.connectionId);
});

test('a code of another consent is refused: its verifier is not the one of this browser', async () => {
  const [mine, others] = [await newConnection(), await newConnection()];
  const injected = await goToCallback(stage, others.link);
  const started = await goToCallback(stage, mine.link);
  const mixed = with_(started.callback, { code: codeOf(injected.callback) });
  expect((await stage.visit(mixed, { cookies: started.cookies })).statusCode).toBe(400);
  await expectUntouched(mine.connectionId);
});

test('a ticket that has served is refused', async () => {
  const { link } = await newConnection();
  expect((await stage.press(link)).statusCode).toBe(303);
  const page = await stage.press(link);
  expect(page.statusCode).toBe(410);
  expect(page.body).toContain('This link no longer works');
  expect(page.cookies).toBeUndefined();
});

test('of many who redeem a ticket at once, one gets it', async () => {
  const { link } = await newConnection();
  const pages = await Promise.all(Array.from({ length: 10 }, () => stage.press(link)));
  const codes = pages.map(({ statusCode }) => statusCode);
  expect(codes.filter((code) => code === 303)).toHaveLength(1);
  expect(codes.filter((code) => code === 410)).toHaveLength(9);
});

test.each([
  ['guessed', () => randomValue()],
  ['empty', () => ''],
  ['too long', () => 'A'.repeat(5_000)],
  ['of another shape', () => '../../settings'],
])('a ticket that is %s is refused like one that has served', async (_, ticket) => {
  const page = await stage.press(`${publicUrl}/oauth/connect?ticket=${ticket()}`);
  expect(page.statusCode).toBe(410);
  expect(page.body).toContain('This link no longer works');
});

test('a ticket given twice is no ticket', async () => {
  const { link } = await newConnection();
  expect((await stage.press(`${link}&ticket=${randomValue()}`)).statusCode).toBe(410);
  expect((await stage.press(link)).statusCode).toBe(303);
});

test('a ticket is refused after thirty minutes', async () => {
  const { link } = await newConnection();
  stage.clock.nowMs += 30 * 60_000;
  const page = await stage.press(link);
  expect(page.statusCode).toBe(410);
  expect(page.body).toContain('This link has expired');
});

test('a state is no ticket, and a ticket no state', async () => {
  const { connectionId, link } = await newConnection();
  const ticket = new URL(link).searchParams.get('ticket') ?? '';
  const { callback, cookies } = await goToCallback(stage, await stage.newLink(connectionId));
  const asTicket = `${publicUrl}/oauth/connect?ticket=${stateOf(callback)}`;
  expect((await stage.press(asTicket)).statusCode).toBe(410);
  expect((await stage.visit(with_(callback, { state: ticket }), { cookies })).statusCode).toBe(400);
  await expectUntouched(connectionId);
});

test('what the table holds opens nothing: tickets, states and cookies are stored as hashes', async () => {
  const { ScanCommand } = await import('@aws-sdk/client-dynamodb');
  const { link } = await newConnection();
  const ticket = new URL(link).searchParams.get('ticket') ?? '';
  const { callback, cookies } = await goToCallback(stage, (await newConnection()).link);
  const stored = JSON.stringify(
    await stage.dynamodb.client.send(new ScanCommand({ TableName: stage.tableName })),
  );
  expect(stored).toContain('oauth-ticket#');
  expect(stored).not.toContain(ticket);
  expect(stored).not.toContain(stateOf(callback));
  expect(stored).not.toContain(cookies[0]?.split('=')[1]);
});

test('access_denied connects nothing and uses up the state', async () => {
  const { connectionId, link } = await newConnection();
  const { callback, cookies } = await goToCallback(stage, link);
  const denied = with_(callback, { code: undefined, error: 'access_denied' });
  expect((await stage.visit(denied, { cookies })).statusCode).toBe(403);
  expect((await stage.visit(callback, { cookies })).statusCode).toBe(400);
  await expectUntouched(connectionId);
});

test('an error beside a code wins over the code', async () => {
  const { connectionId, link } = await newConnection();
  const { callback, cookies } = await goToCallback(stage, link);
  const calls = tokenCalls();
  const page = await stage.visit(with_(callback, { error: 'invalid_scope' }), { cookies });
  expect(page.statusCode).toBe(500);
  expect(tokenCalls()).toBe(calls);
  await expectUntouched(connectionId);
});

const markup = `"><script>alert(1)</script><img src=x onerror=alert(1)>'`;

test.each(['state', 'code', 'error', 'error_description', 'anything'])(
  'HTML in the callback parameter %s never reaches a page',
  async (name) => {
    const { link } = await newConnection();
    const { callback, cookies } = await goToCallback(stage, link);
    const page = await stage.visit(with_(callback, { [name]: markup }), { cookies });
    expect(page.body).not.toContain('alert(1)');
  },
);

test('HTML in a ticket, in the path or in the cookie never reaches a page', async () => {
  const encoded = encodeURIComponent(markup);
  const pages: Answer[] = [
    await stage.visit(`${publicUrl}/oauth/connect?ticket=${encoded}`),
    await stage.visit(`${publicUrl}/oauth/${encoded}`),
    await stage.visit(`${publicUrl}/oauth/callback?state=${randomValue()}`, {
      cookies: [`__Host-klaviyo-bridge=${markup}`],
    }),
  ];
  for (const { body } of pages) expect(body).not.toContain('alert(1)');
});

test("HTML in the name of Klaviyo's account is text on the page", async () => {
  const { link } = await newConnection();
  const { callback, cookies } = await goToCallback(stage, link);
  const { body } = await stage.visit(callback, { cookies });
  expect(body).toContain('&lt;b&gt;Ltd&lt;/b&gt;');
  expect(body).not.toContain('<b>Ltd');
});

test.each(['redirect_uri', 'redirect', 'next', 'return_to', 'url'])(
  'no parameter sends the browser elsewhere: %s',
  async (name) => {
    const { link } = await newConnection();
    const left = await stage.press(with_(link, { [name]: 'https://evil.example/' }));
    expect(locationOf(left).origin).toBe(stage.klaviyo.url);
    expect(locationOf(left).searchParams.get('redirect_uri')).toBe(`${publicUrl}/oauth/callback`);
    expect(left.headers?.location).not.toContain('evil');
  },
);

test('a forged Host header changes neither the redirect URI nor any link', async () => {
  const { link } = await newConnection();
  stage.klaviyo.setAutoConsent('deny');
  const headers = { host: 'evil.example', 'x-forwarded-host': 'evil.example' };
  const left = await stage.press(link, { headers });
  expect(left.headers?.location).not.toContain('evil');
  const response = await fetch(locationOf(left), { redirect: 'manual' });
  const callback = response.headers.get('location') ?? '';
  const page = await stage.visit(callback, { cookies: [cookieOf(left)], headers });
  expect(page.body).toContain(`${publicUrl}/oauth/connect?ticket=`);
  expect(page.body).not.toContain('evil');
});

test('another Klaviyo account cannot take over a connection', async () => {
  const { connectionId, link } = await newConnection();
  const first = await goToCallback(stage, link);
  await stage.visit(first.callback, { cookies: first.cookies });
  const stored = await stage.credentials.read(connectionId);
  stage.klaviyo.setAutoConsent(accountB);
  const second = await goToCallback(stage, await stage.newLink(connectionId));
  const page = await stage.visit(second.callback, { cookies: second.cookies });
  expect(page.statusCode).toBe(409);
  expect(page.body).toContain('This is another Klaviyo account');
  expect(await stage.credentials.read(connectionId)).toEqual(stored);
  expect(await stage.connections.read(connectionId)).toMatchObject({
    accountId: accountA,
    status: 'connected',
  });
});

test('of two callbacks at once, one exchanges the code', async () => {
  const { link } = await newConnection();
  const { callback, cookies } = await goToCallback(stage, link);
  const calls = tokenCalls();
  const pages = await Promise.all([
    stage.visit(callback, { cookies }),
    stage.visit(callback, { cookies }),
  ]);
  expect(pages.map(({ statusCode }) => statusCode).toSorted()).toEqual([200, 400]);
  expect(tokenCalls()).toBe(calls + 1);
});
