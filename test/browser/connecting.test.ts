/**
 * Connecting in a real browser: the deployed handler, the simulated Klaviyo's consent page, and
 * Debian's chromium. Screenshots of every page are left in test-artifacts/oauth.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type KlaviyoSimulator, startKlaviyoSimulator } from '../../local/klaviyo/simulator.ts';
import { createConnectLink } from '../../shared/connections/connect-link.ts';
import { createConnectionStore } from '../../shared/connections/connection-store.dynamodb.ts';
import { connectionSettings } from '../../shared/connections/contract.ts';
import { createOAuthStateStore } from '../../shared/connections/oauth-state-store.dynamodb.ts';
import { newOneTimeValue } from '../../shared/connections/one-time-values.ts';
import { oauthEnvironment } from '../../shared/platform/contract/environment.ts';
import { startDynamoDB, type TestDynamoDB } from '../support/dynamodb.ts';
import { exampleEnvironment } from '../support/function-environments.ts';
import { startHttpApi, type TestHttpApi } from '../support/http-api.ts';
import { startSecretsManager, type TestSecretsManager } from '../support/secrets-manager.ts';
import { absent, barriersOn, launchBrowser, overflowOf } from './browser.ts';

const artifacts = join(import.meta.dirname, '../../test-artifacts/oauth');
const app = { clientId: 'app-1', clientSecret: 'secret-1' };
const [shop, other] = ['AccT01', 'AccT02'];
const phone = { width: 390, height: 844 };

let browser: Browser;
let api: TestHttpApi;
let dynamodb: TestDynamoDB;
let secrets: TestSecretsManager;
let klaviyo: KlaviyoSimulator;

/** The handler as it is deployed, pointed at this machine by the variables that the SDK honours. */
const loadHandler = async () => {
  Object.assign(process.env, exampleEnvironment(oauthEnvironment), {
    PUBLIC_URL: api.url,
    AWS_ENDPOINT_URL_DYNAMODB: dynamodb.endpoint,
    AWS_ENDPOINT_URL_SECRETS_MANAGER: secrets.endpoint,
  });
  const { handler } = await import('../../functions/oauth/handler.ts');
  api.use(handler);
};

const start = async () => {
  vi.spyOn(process.stdout, 'write').mockReturnValue(true); // the handler's log and metrics
  [api, dynamodb, secrets] = await Promise.all([
    startHttpApi(),
    startDynamoDB(),
    startSecretsManager(),
  ]);
  await dynamodb.createTable('connections', { sortKey: true });
  await dynamodb.createTable('quotas');
  secrets.stored.set('klaviyo-bridge/local/oauth-app', JSON.stringify(app));
  klaviyo = await startKlaviyoSimulator({
    accounts: [
      { id: shop, name: 'Blackbird Bicycles & Sons Trading Company Ltd' },
      { id: other, name: 'Another Shop' },
    ],
    oauthApps: [{ ...app, redirectUris: [`${api.url}/oauth/callback`] }],
  });
  await loadHandler();
  mkdirSync(artifacts, { recursive: true });
  browser = await launchBrowser();
};

const table = () => ({ client: dynamodb.client, tableName: 'connections' });
const connections = () => createConnectionStore({ ...table(), allowAnyApiUrl: true });

/** What `bridge connect` does: settings for a new connection, and its link. */
const connectLink = async (connectionId: string): Promise<string> => {
  const settings = connectionSettings.parse({
    connectionId,
    status: 'needs_authorisation',
    auth: 'oauth',
    apiUrl: klaviyo.url,
  });
  if ((await connections().read(connectionId)) === undefined) await connections().write(settings);
  const newLink = createConnectLink({
    readSettings: connections().read,
    saveTicket: createOAuthStateStore(table()).saveTicket,
    publicUrl: api.url,
    allowAnyApiUrl: true,
  });
  return (await newLink(connectionId)).url;
};

/** A merchant's browser, whose complaints are kept: a policy that blocks our own page is one. */
const openBrowser = async (options: Parameters<Browser['newContext']>[0] = {}) => {
  const context = await browser.newContext({ viewport: phone, ...options });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (/Refused|violates|Content Security Policy/i.test(message.text()))
      complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  return { context, page, complaints };
};

/** Opens a link and presses its button, as a person does. */
const follow = async (page: Page, link: string): Promise<void> => {
  await page.goto(link);
  await page.getByRole('button', { name: 'Continue to Klaviyo' }).click();
  await page.waitForURL(/\/oauth\/authorize/);
};

/** Answers the consent page of the simulated Klaviyo as a person does. */
const decide = async (page: Page, decision: 'Allow' | 'Deny', account = shop): Promise<void> => {
  await page.getByLabel('Account').selectOption(account);
  await page.getByRole('button', { name: decision }).click();
  await page.waitForLoadState();
};

/** The address that Klaviyo would send this browser back to, which never gets there. */
const consentWithout = async (page: Page): Promise<string> => {
  const { origin, searchParams } = new URL(page.url());
  const body = new URLSearchParams([...searchParams, ['account', shop], ['decision', 'allow']]);
  const answer = await fetch(`${origin}/oauth/authorize`, {
    method: 'POST',
    body,
    redirect: 'manual',
  });
  return answer.headers.get('location') ?? '';
};

/** Leaves a screenshot, and finds nothing that a person with a disability would stumble over. */
const inspect = async (page: Page, name: string): Promise<void> => {
  await page.screenshot({ path: join(artifacts, `${name}.png`), fullPage: true });
  expect(await barriersOn(page)).toEqual([]);
  expect(await overflowOf(page)).toBe(0);
};

const heading = (page: Page) => page.getByRole('heading', { level: 1 }).textContent();

describe.skipIf(absent)('in a real browser', () => {
  beforeAll(start);
  afterAll(async () => {
    vi.restoreAllMocks();
    await browser?.close();
    await Promise.all([
      klaviyo?.close(),
      api?.[Symbol.asyncDispose](),
      dynamodb?.[Symbol.asyncDispose](),
      secrets?.[Symbol.asyncDispose](),
    ]);
  });

  test('the link leads over Klaviyo’s consent to the connected page', async () => {
    const { context, page, complaints } = await openBrowser();
    const link = await connectLink('blackbird');
    await page.goto(link);
    expect(await heading(page)).toBe('Connect Klaviyo');
    await inspect(page, 'offered-phone');
    expect(await context.cookies(api.url)).toEqual([]);
    await follow(page, link);
    const cookies = await context.cookies(api.url);
    expect(cookies).toMatchObject([
      { name: '__Host-klaviyo-bridge', httpOnly: true, secure: true, sameSite: 'Lax' },
    ]);
    await page.screenshot({ path: join(artifacts, 'consent-simulated.png') });
    await decide(page, 'Allow');
    expect(await heading(page)).toBe('Klaviyo is connected');
    expect(await page.textContent('main')).toContain('Blackbird Bicycles & Sons');
    await inspect(page, 'connected-phone');
    await page.setViewportSize({ width: 1280, height: 800 });
    await inspect(page, 'connected-desktop');
    expect(await context.cookies(api.url)).toEqual([]);
    expect(complaints).toEqual([]);
    expect(await connections().read('blackbird')).toMatchObject({
      status: 'connected',
      accountId: shop,
    });
    expect(secrets.stored.get('klaviyo-bridge/local/connections/blackbird')).toContain('"oauth"');
    await context.close();
  });

  test('a merchant who declined tries again from the page and is connected', async () => {
    const { context, page, complaints } = await openBrowser({ colorScheme: 'dark' });
    await follow(page, await connectLink('hesitant'));
    await decide(page, 'Deny');
    expect(await heading(page)).toBe('Access was not allowed');
    await inspect(page, 'declined-dark');
    await page.getByRole('link', { name: 'Try again' }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Continue to Klaviyo' }).focus();
    await inspect(page, 'offered-dark');
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/oauth\/authorize/);
    await decide(page, 'Allow');
    expect(await heading(page)).toBe('Klaviyo is connected');
    await inspect(page, 'connected-dark');
    expect(complaints).toEqual([]);
    await context.close();
  });

  test('loading the connected page again says that there is nothing left to do', async () => {
    const { context, page } = await openBrowser();
    await follow(page, await connectLink('twice'));
    await decide(page, 'Allow');
    await page.reload();
    expect(await heading(page)).toBe('This page cannot be used again');
    expect(await page.textContent('main')).toContain('all is well and you can close this page');
    await inspect(page, 'reloaded');
    await context.close();
  });

  test('a callback that was started in another browser is refused', async () => {
    const [mine, theirs] = [await openBrowser(), await openBrowser()];
    await follow(mine.page, await connectLink('stolen'));
    const stolen = await consentWithout(mine.page);
    await theirs.page.goto(stolen);
    expect(await heading(theirs.page)).toBe('This was started in another browser');
    await inspect(theirs.page, 'other-browser');
    expect((await connections().read('stolen'))?.status).toBe('needs_authorisation');
    await Promise.all([mine.context.close(), theirs.context.close()]);
  });

  describe('the pages of refusals are readable on a phone', () => {
    let context: BrowserContext;
    let page: Page;
    let complaints: string[];
    beforeAll(async () => {
      ({ context, page, complaints } = await openBrowser());
    });
    afterAll(async () => {
      await context?.close();
    });

    test('used', async () => {
      const link = await connectLink('used');
      await follow(page, link);
      await page.goto(link);
      expect(await heading(page)).toBe('This link no longer works');
      await inspect(page, 'used');
    });

    test('expired', async () => {
      const ticket = newOneTimeValue();
      const { saveTicket } = createOAuthStateStore(table());
      await saveTicket(ticket, { connectionId: 'used', expiresAtMs: Date.now() });
      await page.goto(`${api.url}/oauth/connect?ticket=${ticket}`);
      expect(await heading(page)).toBe('This link has expired');
      await inspect(page, 'expired');
    });

    test('another account', async () => {
      await follow(page, await connectLink('blackbird'));
      await decide(page, 'Allow', other);
      expect(await heading(page)).toBe('This is another Klaviyo account');
      await inspect(page, 'other-account');
    });

    test('Klaviyo unavailable', async () => {
      await follow(page, await connectLink('unavailable'));
      klaviyo.setFaults([
        { kind: 'status', status: 503, match: { endpoint: 'POST /oauth/token' } },
      ]);
      await decide(page, 'Allow');
      klaviyo.setFaults([]);
      expect(await heading(page)).toBe('Klaviyo cannot be reached');
      await inspect(page, 'unavailable');
    });

    test('not found', async () => {
      await page.goto(`${api.url}/oauth/elsewhere`);
      expect(await heading(page)).toBe('There is no such page');
      await inspect(page, 'not-found');
      expect(complaints).toEqual([]);
    });
  });
});
