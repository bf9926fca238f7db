import { describe, expect, test } from 'vitest';
import { problemOf, startTestKlaviyo, type TestKlaviyo } from './simulated-klaviyo.ts';

const many = async ({ call }: TestKlaviyo, count: number, path: string, revision?: string) => {
  const calls = Array.from({ length: count }, () =>
    call('GET', path, revision ? { revision } : {}),
  );
  const statuses = (await Promise.all(calls)).map(({ status }) => status);
  return statuses.filter((status) => status === 429).length;
};

describe('rate limits', () => {
  test('answers tell the limit in the recorded form, and what is left of the second', async () => {
    const { call, clock } = await startTestKlaviyo({ rateLimits: {} });
    clock.nowMs += 300;
    await call('GET', '/api/profiles');
    const { headers } = await call('GET', '/api/profiles');
    expect(headers.get('ratelimit-limit')).toBe('75, 75;w=1, 750;w=60');
    expect(headers.get('ratelimit-remaining')).toBe('73');
    expect(headers.get('ratelimit-reset')).toBe('0');
  });

  test('answers can tell of the minute instead, as the documentation has it', async () => {
    const { call } = await startTestKlaviyo({ rateLimits: { headersDescribe: 'steady' } });
    const { headers } = await call('GET', '/api/profiles');
    expect(headers.get('ratelimit-remaining')).toBe('749');
    expect(headers.get('ratelimit-reset')).toBe('60');
  });

  test('the call over the limit answers 429 in the recorded form', async () => {
    const { call } = await startTestKlaviyo({ rateLimits: {} });
    await call('GET', '/api/accounts');
    const answer = await call('GET', '/api/accounts');
    expect(answer.status).toBe(429);
    expect(problemOf(answer)).toEqual({
      id: expect.any(String),
      status: 429,
      code: 'throttled',
      title: 'Request was throttled.',
      detail: 'Request was throttled. Expected available in 1 second.',
      source: { pointer: '/data' },
      links: {
        type: 'https://developers.klaviyo.com/en/docs/rate_limits_and_error_handling#rate-limits',
      },
      meta: {},
    });
    expect(answer.headers.get('retry-after')).toBe('1');
    expect([...answer.headers.keys()].filter((name) => name.startsWith('ratelimit'))).toEqual([]);
  });

  test('the minute is limited too, at 700 for revisions before 2026-01-15', async () => {
    for (const [revision, limit] of [
      ['2025-10-15', 700],
      ['2026-01-15', 750],
    ] as const) {
      const klaviyo = await startTestKlaviyo({ rateLimits: {} });
      let refused = 0;
      for (let second = 0; second < 11; second += 1) {
        refused += await many(klaviyo, 70, '/api/lists', revision);
        klaviyo.clock.nowMs += 1000;
      }
      expect(refused).toBe(770 - limit);
    }
  });

  test('each endpoint has its own, and predictions and included lists have lower ones', async () => {
    const klaviyo = await startTestKlaviyo({ rateLimits: {} });
    const [id] = klaviyo.simulator.account().seedProfiles([{ attributes: { email: 'a@b.co' } }]);
    const predictions = '/api/profiles?additional-fields[profile]=predictive_analytics';
    expect(await many(klaviyo, 12, predictions)).toBe(2);
    expect(await many(klaviyo, 12, '/api/profiles')).toBe(0);
    expect(await many(klaviyo, 12, `/api/profiles/${id}?include=lists`)).toBe(11);
    klaviyo.clock.nowMs += 60_000;
    // Recorded at 2026-07-15: the headers do not tell of the lower limit.
    const { headers } = await klaviyo.call('GET', `/api/profiles/${id}?include=lists`);
    expect(headers.get('ratelimit-limit')).toBe('75, 75;w=1, 750;w=60');
    expect(await many(klaviyo, 12, `/api/profiles/${id}`)).toBe(0);
  });

  test('each account has its own', async () => {
    const { call } = await startTestKlaviyo({
      rateLimits: {},
      accounts: [
        { privateKeys: [{ key: 'pk_1' }, { key: 'pk_2' }] },
        { privateKeys: [{ key: 'pk_3' }] },
      ],
    });
    const ask = async (key: string) => {
      const headers = { authorization: `Klaviyo-API-Key ${key}` };
      return (await call('GET', '/api/accounts', { headers })).status;
    };
    expect([await ask('pk_1'), await ask('pk_2'), await ask('pk_3')]).toEqual([200, 429, 200]);
  });

  test('a refused request costs quota, a refused caller does not', async () => {
    const { call } = await startTestKlaviyo({ rateLimits: {} });
    const left = async () => (await call('GET', '/api/lists')).headers.get('ratelimit-remaining');
    expect(await left()).toBe('74');
    const bad = await call('GET', '/api/lists?nonsense=1');
    expect([bad.status, bad.headers.get('ratelimit-remaining')]).toEqual([400, '73']);
    await call('GET', '/api/lists', { headers: { authorization: 'Bearer wrong' } });
    expect(await left()).toBe('72');
  });

  test('windows can be shortened', async () => {
    const klaviyo = await startTestKlaviyo({ rateLimits: { timeScale: 10 } });
    await klaviyo.call('GET', '/api/accounts');
    klaviyo.clock.nowMs += 100;
    expect((await klaviyo.call('GET', '/api/accounts')).status).toBe(200);
  });

  test('can be turned off', async () => {
    expect(await many(await startTestKlaviyo(), 20, '/api/accounts')).toBe(0);
  });
});
