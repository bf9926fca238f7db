/**
 * The simulator's pages in a real browser, Debian's chromium: on a phone and a desk, light and dark.
 * Screenshots are left in test-artifacts/simulator.
 */
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { type KlaviyoSimulator, startKlaviyoSimulator } from '../../local/klaviyo/simulator.ts';
import { absent, barriersOn, launchBrowser, overflowOf } from './browser.ts';

const artifacts = join(import.meta.dirname, '../../test-artifacts/simulator');
const phone = { width: 390, height: 844 };
const desk = { width: 1280, height: 800 };
const hostile = '<img src=x onerror=document.title="broken">';
const app = { clientId: 'my-app', clientSecret: 'my-secret' };
const redirectUri = 'http://127.0.0.1:9/callback';

let browser: Browser;
let klaviyo: KlaviyoSimulator;
let ids: string[];

const fill = async (): Promise<void> => {
  const account = klaviyo.account('AcmeSh');
  ids = account.seedProfiles([
    {
      attributes: {
        email: 'ann@example.com',
        first_name: 'Ann',
        last_name: hostile,
        location: { city: 'Ghent' },
        properties: { size: 'M', tags: ['a', 'b'] },
      },
      lists: ['NewsLt'],
      subscribed: ['email'],
    },
    ...Array.from({ length: 120 }, (_, index) => ({
      attributes: { email: `a.rather.long.address.of.nobody.${index}@shop.example` },
    })),
  ]);
  const metric = { data: { type: 'metric', attributes: { name: 'Placed Order' } } };
  const profile = { data: { type: 'profile', attributes: { email: 'ann@example.com' } } };
  const attributes = { properties: { items: ['shoe'] }, value: 9.5, metric, profile };
  const headers = { authorization: 'Klaviyo-API-Key pk_acme', revision: '2026-07-15' };
  const body = JSON.stringify({ data: { type: 'event', attributes } });
  await fetch(`${klaviyo.url}/api/events`, { method: 'POST', headers, body });
  await fetch(`${klaviyo.url}/api/profiles/NOBODY`, { headers });
  account.processPending();
};

const start = async () => {
  klaviyo = await startKlaviyoSimulator({
    accounts: [
      {
        id: 'AcmeSh',
        name: 'Acme & Sons Trading Company Ltd',
        privateKeys: [{ key: 'pk_acme' }],
        lists: [{ id: 'NewsLt', name: 'Newsletter' }],
      },
      { id: 'EmptyS', name: 'Empty Shop' },
    ],
    oauthApps: [{ ...app, redirectUris: [redirectUri] }],
  });
  await fill();
  mkdirSync(artifacts, { recursive: true });
  browser = await launchBrowser();
};

const authorizePath = `/oauth/authorize?${new URLSearchParams({
  ...{ response_type: 'code', client_id: app.clientId, redirect_uri: redirectUri },
  ...{ scope: 'lists:read profiles:write', state: 'any', code_challenge_method: 'S256' },
  code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
})}`;

const paths: Readonly<Record<string, () => string>> = {
  accounts: () => '/',
  profiles: () => '/accounts/AcmeSh/profiles',
  profile: () => `/accounts/AcmeSh/profiles/${ids[0]}`,
  lists: () => '/accounts/AcmeSh/lists',
  members: () => '/accounts/AcmeSh/lists/NewsLt',
  events: () => '/accounts/AcmeSh/events',
  calls: () => '/calls',
  empty: () => '/accounts/EmptyS/events',
  'not found': () => '/accounts/AcmeSh/profiles/nobody',
  consent: () => authorizePath,
  refusal: () => '/oauth/authorize?client_id=nobody',
};

const open = async (
  path: string,
  options: Parameters<Browser['newContext']>[0] = {},
): Promise<{ page: Page; complaints: string[] }> => {
  const context = await browser.newContext({ viewport: desk, ...options });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (/Refused|violates|Content Security Policy/i.test(message.text()))
      complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  await page.goto(klaviyo.url + path);
  return { page, complaints };
};

const rows = (page: Page) => page.locator('tbody tr').allTextContents();

describe.skipIf(absent)('the pages of the simulator', () => {
  beforeAll(start);
  afterAll(async () => {
    await browser?.close();
    await klaviyo?.close();
  });

  test.each(Object.keys(paths))(
    '%s has no barriers, and fits a phone and a desk',
    async (name) => {
      const { page, complaints } = await open(paths[name]?.() ?? '', { viewport: phone });
      for (const details of await page.locator('summary').all()) await details.click();
      for (const [colorScheme, viewport] of [
        ['light', phone],
        ['dark', desk],
      ] as const) {
        await page.emulateMedia({ colorScheme });
        await page.setViewportSize(viewport);
        const file = `${name.replace(' ', '-')}-${colorScheme}.png`;
        await page.screenshot({ path: join(artifacts, file) });
        expect(await barriersOn(page)).toEqual([]);
        expect(await overflowOf(page)).toBe(0);
      }
      expect(complaints).toEqual([]);
      await page.context().close();
    },
    60_000,
  );

  test('lead from the accounts to a profile with everything on it', async () => {
    const { page } = await open('/');
    await page.getByRole('link', { name: 'Acme & Sons' }).click();
    await page.getByLabel('Search').fill('ANN@');
    await page.getByRole('button', { name: 'Search' }).click();
    expect(await page.getByRole('status').textContent()).toContain('1 to 1 of 1 profiles');
    await page.getByRole('link', { name: 'ann@example.com' }).click();
    const text = await page.locator('main').innerText();
    for (const part of ['Ghent', '["a","b"]', 'subscribed', 'Newsletter', 'Placed Order', hostile])
      expect(text).toContain(part);
    expect(await page.title()).toBe('ann@example.com - Simulated Klaviyo');
    await page.getByRole('link', { name: 'Newsletter' }).click();
    expect(await rows(page)).toHaveLength(1);
    await page.context().close();
  });

  test('show fifty at a time, and lead on', async () => {
    const { page } = await open('/accounts/AcmeSh/profiles?q=nobody');
    expect(await rows(page)).toHaveLength(50);
    await page.getByRole('link', { name: 'Next' }).click();
    await page.getByRole('link', { name: 'Next' }).click();
    expect(await page.getByRole('status').textContent()).toContain('101 to 120 of 120 profiles');
    await page.getByRole('link', { name: 'Previous' }).click();
    expect(await rows(page)).toHaveLength(50);
    await page.context().close();
  });

  test('show a call with its answer, found by what it says', async () => {
    const { page } = await open('/calls?q=404');
    await page.getByText('GET /api/profiles/{id}').click();
    const text = await page.locator('main').innerText();
    expect(text).toContain('GET /api/profiles/NOBODY');
    expect(text).toContain('A profile with id NOBODY does not exist.');
    await page.context().close();
  });

  test('ask the merchant, whose answer leads back to the app', async () => {
    const { page, complaints } = await open(authorizePath);
    expect(await page.locator('main').innerText()).toContain('lists:read');
    const back = page.waitForRequest((request) => request.url().startsWith(redirectUri));
    await page.getByLabel('Account').selectOption('EmptyS');
    await page.getByRole('button', { name: 'Allow' }).click();
    expect(new URL((await back).url()).searchParams.get('code')).not.toBe('');
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  test('a page of another origin cannot change anything', async () => {
    const elsewhere = createServer((_, response) => response.end('<title>elsewhere</title>'));
    await once(elsewhere.listen(0, '127.0.0.1'), 'listening');
    onTestFinished(() => void elsewhere.close());
    const { page } = await open('/');
    const { port } = elsewhere.address() as AddressInfo;
    await page.goto(`http://127.0.0.1:${port}/`);
    const [before] = klaviyo.accounts();
    const script = `fetch('${klaviyo.url}/simulator/reset', { method: 'POST', mode: 'no-cors' })`;
    const sent = page.waitForResponse(/reset$/);
    await page.evaluate(script);
    expect((await sent).status()).toBe(403);
    expect(klaviyo.accounts()[0]).toBe(before);
    await page.context().close();
  });
});
