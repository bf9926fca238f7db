/** Connections by the command line, on a stage on this machine: real processes, real functions. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { expectFailure, runBridge } from '../../support/bridge-command.ts';
import { type OperatedStage, oauthApp, startOperatedStage } from '../../support/operated-stage.ts';

let stage: OperatedStage;

beforeAll(async () => {
  stage = await startOperatedStage();
  await stage.connect('acme');
});

afterAll(() => stage.close());

describe('connections', () => {
  test('a key is read from standard input, checked with Klaviyo, and kept out of every output', async () => {
    const added = await stage.bridge(
      `connections add shop --private-key-stdin --api-url ${stage.klaviyo.url} --throttle-share 0.5`,
      { input: 'pk_simulated\n' },
    );
    const { id } = stage.klaviyo.account();
    expect(added.exitCode).toBe(0);
    expect(added.stdout).toContain(`added shop: Klaviyo account ${id}`);
    expect(added.stderr).toContain(`account ${id} is connected as acme too`);
    expect(added.stderr).toContain('Klaviyo retired revision 2023-10-15 on 2025-10-15');
    const shown = await stage.bridge('connections show shop');
    expect(shown.stdout).toMatch(/throttle\.share +0\.5/);
    expect(added.stdout + added.stderr + shown.stdout).not.toContain('pk_simulated');
    expect((await stage.bridge('connections remove shop --yes')).stdout).toBe('removed shop\n');
  });

  test.each([
    ['a key that Klaviyo does not know', 'pk_other', 'Klaviyo does not know this key', 1],
    ['a public key', 'AbC123', 'that is not a private API key', 2],
  ])('%s is not stored', async (_, key, line, code) => {
    const words = `connections add other --private-key-stdin --api-url ${stage.klaviyo.url}`;
    const outcome = await stage.bridge(words, { input: key });
    expectFailure(outcome, line, code);
    expect(outcome.stderr).not.toContain(key);
  });

  test('a connection is not added twice, and a stage that is not there is named', async () => {
    expectFailure(
      await stage.bridge('connections add acme --private-key-stdin', { input: 'pk_simulated' }),
      'there is a connection acme already',
    );
    expectFailure(
      await runBridge(['status', '--stage', 'prod'], { environment: stage.aws.environment }),
      'there is no stack klaviyo-bridge-prod in this account and region: deploy it with',
    );
  });

  test('settings change one by one, and the changed value is checked', async () => {
    const set = await stage.bridge(
      'connections set acme revision=2026-01-15 poll.everySeconds=300',
    );
    expect(set.exitCode).toBe(0);
    const shown = await stage.bridgeJson('connections show acme');
    expect(shown).toMatchObject({
      revision: '2026-01-15',
      poll: { everySeconds: 300, overlapSeconds: 60 },
      status: 'connected',
    });
    expectFailure(
      await stage.bridge('connections set acme throttle.share=0'),
      'throttle.share: Too small',
      2,
    );
    expectFailure(
      await stage.bridge('connections set nobody generateEvents=false'),
      'there is no connection nobody on stage local',
    );
  });

  test('a connection is paused and resumed, and listed as such', async () => {
    await stage.bridge('connections pause acme');
    expect((await stage.bridge('connections list')).stdout).toMatch(/acme +paused +key/);
    expect((await stage.bridge('connections resume acme')).stdout).toContain('resumed acme');
    expect(await stage.bridgeJson('connections show acme')).toMatchObject({ status: 'connected' });
  });

  test('a key is replaced by another of the same account', async () => {
    const set = await stage.bridge('connections set-key acme --private-key-stdin', {
      input: 'pk_simulated',
    });
    expect(set.stdout).toBe('replaced the key of acme: it is connected\n');
  });

  test('removing asks first, and says so where nobody is there', async () => {
    expectFailure(await stage.bridge('connections remove acme'), 'Add --yes if it is meant', 2);
    const all = await stage.bridgeJson('connections list');
    expect(all).toMatchObject([{ connectionId: 'acme', status: 'connected' }]);
  });
});

describe('OAuth', () => {
  test('an app, a connection, its link, the click, and the end of it', async () => {
    await stage.bridge(`connections add shop --oauth --api-url ${stage.klaviyo.url}`);
    expectFailure(await stage.bridge('connect shop'), 'has no OAuth app yet');
    const app = await stage.bridge('oauth-app set --stdin', { input: JSON.stringify(oauthApp) });
    expect(app.stdout).toContain('/oauth/callback');
    expect(app.stdout + app.stderr).not.toContain(oauthApp.clientSecret);

    const { url } = await stage.bridgeJson<{ url: string }>('connect shop');
    stage.klaviyo.setAutoConsent(stage.klaviyo.account().id);
    expect(await click(url)).toContain('connected');
    expect(await stage.bridgeJson('connections show shop')).toMatchObject({
      status: 'connected',
      accountId: stage.klaviyo.account().id,
    });

    expect((await stage.bridge('disconnect shop')).stdout).toContain('Klaviyo has removed the app');
    expect(await stage.bridgeJson('connections show shop')).toMatchObject({
      status: 'needs_authorisation',
    });
    expect((await stage.bridge('connections remove shop --yes')).exitCode).toBe(0);
  });

  test('what is no app is refused without being quoted', async () => {
    const outcome = await stage.bridge('oauth-app set --stdin', { input: '{"clientId":"canary"}' });
    expectFailure(outcome, 'standard input must be JSON', 2);
    expect(outcome.stderr).not.toContain('canary');
    expectFailure(await stage.bridge('oauth-app set'), 'nobody is there to ask', 2);
  });
});

/** Follows a link as a browser would, with the cookie it is given on the way. */
const click = async (link: string): Promise<string> => {
  let cookie = '';
  let url = link;
  for (let hop = 0; hop < 5; hop += 1) {
    const response = await fetch(url, { redirect: 'manual', headers: { cookie } });
    cookie = response.headers.getSetCookie()[0]?.split(';')[0] ?? cookie;
    const location = response.headers.get('location');
    if (location === null) return response.text();
    url = new URL(location, url).href;
  }
  throw new Error('too many redirects');
};
