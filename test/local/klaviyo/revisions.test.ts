import { describe, expect, test } from 'vitest';
import { problemOf, profileBody, startTestKlaviyo } from './simulated-klaviyo.ts';

const served = 'x-klaviyo-api-revision';

describe('revisions', () => {
  test.each([
    ['', 400, 'missing'],
    ['yesterday', 400, 'malformed'],
    ['2026-13-01', 400, 'no date'],
    ['2026-11-24', 404, 'in the future'],
    ['2026-07-15', 200, 'the newest'],
    ['2026-07-15.pre', 200, 'with a suffix'],
    ['2026-10-15', 200, 'of which little is known'],
    ['2026-09-01', 404, 'never published'],
    ['2023-11-01', 200, 'between two, when that was allowed'],
    ['2023-10-15', 200, 'retired'],
    ['2020-01-01', 200, 'older than all'],
  ])('a header of "%s" answers %i: %s', async (revision, status) => {
    const { call } = await startTestKlaviyo();
    expect((await call('GET', '/api/lists', { revision })).status).toBe(status);
  });

  test('a retired revision falls forward to the oldest one served', async () => {
    const { call, clock } = await startTestKlaviyo();
    const servedFor = async (revision: string) =>
      (await call('GET', '/api/lists', { revision })).headers.get(served);
    expect(await servedFor('2023-10-15')).toBe('2025-01-15');
    expect(await servedFor('2025-04-15')).toBe('2025-04-15');
    clock.nowMs = Date.parse('2027-02-01T00:00:00Z');
    expect(await servedFor('2025-01-15')).toBe('2025-04-15');
    clock.nowMs = Date.parse('2024-06-01T00:00:00Z');
    expect(await servedFor('2023-10-15')).toBe('2023-10-15');
  });

  test('a retired revision answers 410 to who opts out of that', async () => {
    const { call } = await startTestKlaviyo();
    const headers = { 'X-Klaviyo-Revision-Fall-Forward-Opt-Out': '1' };
    const ask = async (revision: string) =>
      (await call('GET', '/api/lists', { revision, headers })).status;
    expect([await ask('2023-10-15'), await ask('2025-01-15')]).toEqual([410, 200]);
  });

  test('a retired revision answers 410 to everybody where the account is set so', async () => {
    const { call, simulator } = await startTestKlaviyo();
    const ask = async () => (await call('GET', '/api/lists', { revision: '2023-10-15' })).status;
    expect(await ask()).toBe(200);
    simulator.account().configure({ retiredRevisions: 'gone' });
    expect(await ask()).toBe(410);
  });

  test('an endpoint that the named revision lacks answers 404, though a newer one serves it', async () => {
    const { call } = await startTestKlaviyo();
    const body = profileBody({ email: 'a@example.com' });
    const answer = await call('POST', '/api/profile-import', { body, revision: '2023-12-15' });
    expect(problemOf(answer)).toMatchObject({
      status: 404,
      detail: 'No valid revisions found for method',
    });
  });

  test('bodies follow the revision that is served, not the one that is named', async () => {
    const { call, clock } = await startTestKlaviyo();
    const post = async (email: string) => {
      const body = profileBody({ email, locale: 'de-DE' });
      return (await call('POST', '/api/profiles', { body, revision: '2023-10-15' })).status;
    };
    expect(await post('a@example.com')).toBe(201);
    clock.nowMs = Date.parse('2024-06-01T00:00:00Z');
    expect(await post('b@example.com')).toBe(400);
  });

  test('anonymous ids cannot be written to profiles from 2025-10-15 on', async () => {
    const { call } = await startTestKlaviyo();
    const body = profileBody({ email: 'a@example.com', anonymous_id: 'x' });
    const post = async (revision: string) =>
      (await call('POST', '/api/profile-import', { body, revision })).status;
    expect([await post('2025-07-15'), await post('2025-10-15')]).toEqual([201, 400]);
  });
});

describe('paths', () => {
  test('are taken with and without a slash at the end, and with two at the beginning', async () => {
    const { call } = await startTestKlaviyo();
    for (const path of ['/api/lists', '/api/lists/', '//api/lists/']) {
      expect((await call('GET', path)).status).toBe(200);
    }
  });

  test('that nobody knows answer 404, other methods 405', async () => {
    const { call } = await startTestKlaviyo();
    expect((await call('GET', '/api/unknown')).status).toBe(404);
    expect((await call('DELETE', '/api/profiles')).status).toBe(405);
  });
});

describe('credentials', () => {
  test('that are missing or wrong answer 401 in the recorded form, without rate headers', async () => {
    const { call } = await startTestKlaviyo({ rateLimits: {} });
    for (const authorization of ['', 'Klaviyo-API-Key pk_wrong', 'Bearer wrong', 'Basic x']) {
      const answer = await call('GET', '/api/lists', { headers: { authorization } });
      expect(answer.status).toBe(401);
      expect(problemOf(answer)).toMatchObject({
        code: 'authentication_failed',
        detail: 'Incorrect authentication credentials.',
      });
      expect([...answer.headers.keys()].filter((name) => /rate|retry/.test(name))).toEqual([]);
    }
  });

  test('without a scope answer 403', async () => {
    const { call } = await startTestKlaviyo({
      accounts: [{ privateKeys: [{ key: 'pk_test', scopes: ['profiles:read'] }] }],
    });
    expect((await call('GET', '/api/profiles')).status).toBe(200);
    const answer = await call('GET', '/api/lists');
    expect([answer.status, problemOf(answer).code]).toEqual([403, 'permission_denied']);
  });

  test('decide which account answers', async () => {
    const { call, simulator } = await startTestKlaviyo({
      accounts: [
        { id: 'ONE111', privateKeys: [{ key: 'pk_1' }] },
        { id: 'TWO222', name: 'Second', privateKeys: [{ key: 'pk_2' }, { key: 'pk_test' }] },
      ],
    });
    simulator.account('ONE111').seedProfiles([{ attributes: { email: 'a@example.com' } }]);
    const { items } = await call('GET', '/api/accounts');
    expect(items).toMatchObject([{ type: 'account', id: 'TWO222' }]);
    expect((await call('GET', '/api/profiles')).items).toEqual([]);
  });
});
