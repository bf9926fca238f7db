import { describe, expect, test } from 'vitest';
import {
  type ConnectionSettings,
  connectionSettings,
} from '../../../shared/connections/contract.ts';
import {
  createFindConnection,
  createOpenConnection,
} from '../../../shared/connections/find-connection.ts';

const settingsOf = (overrides: Record<string, unknown> = {}): ConnectionSettings =>
  connectionSettings.parse({
    connectionId: 'acme',
    status: 'connected',
    auth: 'private_key',
    ...overrides,
  });
const authorise = async () => 'Klaviyo-API-Key pk_test';

describe('a connection', () => {
  test.each([
    'http://a.klaviyo.com',
    'https://evil.example',
    'https://a.klaviyo.com.evil.example',
    'https://evilklaviyo.com',
    'https://a.klaviyo.com@evil.example',
    'https://a.klaviyo.com:8443',
  ])('whose credentials would go to %s is not opened', (apiUrl) => {
    const open = createOpenConnection({ authorise, allowAnyApiUrl: false });
    expect(() => open(settingsOf({ apiUrl }))).toThrow(
      "the API URL of connection acme is not Klaviyo's",
    );
  });

  test('may lead elsewhere on a stage that says so', () => {
    const open = createOpenConnection({ authorise, allowAnyApiUrl: true });
    const state = open(settingsOf({ apiUrl: 'http://127.0.0.1:4000' }));
    expect(state).toMatchObject({
      kind: 'open',
      connection: { klaviyo: { apiUrl: 'http://127.0.0.1:4000' } },
    });
  });

  test.each(['paused', 'needs_authorisation'])('that is %s is held', (status) => {
    const open = createOpenConnection({ authorise, allowAnyApiUrl: false });
    expect(open(settingsOf({ status }))).toEqual({ kind: 'held' });
  });

  test('counts against the limits of its account, and of itself while that is not known', () => {
    const open = createOpenConnection({ authorise, allowAnyApiUrl: false });
    const scopeOf = (state: ReturnType<typeof open>) =>
      state.kind === 'open' ? state.connection.klaviyo.quotaScope : undefined;
    expect(scopeOf(open(settingsOf()))).toBe('acme');
    expect(scopeOf(open(settingsOf({ accountId: 'AcCt01' })))).toBe('AcCt01');
  });
});

describe('settings', () => {
  const setUp = () => {
    const stage = { nowMs: 0, reads: 0, settings: settingsOf() as ConnectionSettings | undefined };
    const find = createFindConnection({
      authorise,
      allowAnyApiUrl: false,
      now: () => stage.nowMs,
      readSettings: async () => {
        stage.reads += 1;
        return stage.settings;
      },
    });
    return { stage, find };
  };

  test('that have changed are seen within half a minute, and not read for each job', async () => {
    const { stage, find } = setUp();
    await find('acme');
    stage.settings = settingsOf({ status: 'paused' });
    stage.nowMs = 29_999;
    expect((await find('acme')).kind).toBe('open');
    expect(stage.reads).toBe(1);
    stage.nowMs = 30_000;
    expect((await find('acme')).kind).toBe('held');
  });

  test('of a connection that is gone are unknown, and looked for again', async () => {
    const { stage, find } = setUp();
    stage.settings = undefined;
    expect(await find('acme')).toEqual({ kind: 'unknown' });
    stage.settings = settingsOf();
    expect((await find('acme')).kind).toBe('open');
  });
});
