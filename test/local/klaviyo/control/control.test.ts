import { describe, expect, test } from 'vitest';
import { operations } from '../../../../local/klaviyo/control/operations.ts';
import { profileBody, subscribeBody, testAccount, testTimeMs } from '../simulated-klaviyo.ts';
import { isValid, shop, startControlledKlaviyo } from './controlled-klaviyo.ts';

const ann = { attributes: { email: 'ann@example.com' } };
const bob = { attributes: { email: 'bob@example.com', properties: { pet: 'a "cat"' } } };
const news = { lists: [{ id: 'News01', name: 'News' }] };

describe('profiles', () => {
  test('that are seeded are there for the API', async () => {
    const { control, seed, call } = await startControlledKlaviyo();
    await control('POST', `${shop}/lists`, news);
    const [id] = await seed({
      ...ann,
      updatedAt: '2026-01-02T03:04:05Z',
      lists: ['News01'],
      subscribed: ['email'],
    });
    const query = { 'additional-fields[profile]': 'subscriptions' };
    const { body } = await call('GET', `/api/profiles/${id}`, { query });
    expect(body.data.attributes).toMatchObject({
      email: 'ann@example.com',
      updated: '2026-01-02T03:04:05+00:00',
      subscriptions: { email: { marketing: { consent: 'SUBSCRIBED' } } },
    });
    const members = await control('GET', `${shop}/lists/News01/members`);
    expect(members.body).toMatchObject({ total: 1, members: [{ profile: id }] });
  });

  test('are all seeded or none', async () => {
    const { control } = await startControlledKlaviyo();
    for (const [bad, error] of [
      [ann, /^profiles\.1\.attributes: .*already exists/],
      [{ ...bob, lists: ['NoList'] }, 'profiles.1.lists: there is no list NoList'],
      [{ attributes: { email: 'no address' } }, /^profiles\.1\.attributes\.email: Invalid email/],
    ] as const) {
      const answer = await control('POST', `${shop}/profiles`, { profiles: [ann, bad] });
      expect(answer.body.error).toMatch(error);
      expect(answer.status).toBeGreaterThanOrEqual(400);
      expect((await control('GET', `${shop}/profiles`)).body.total).toBe(0);
    }
  });

  test('are found by identifier, list and any text, some at a time', async () => {
    const { control, seed } = await startControlledKlaviyo();
    await control('POST', `${shop}/lists`, news);
    const [annId, bobId] = await seed({ ...ann, lists: ['News01'] }, bob);
    const found = async (query: string) => {
      const { body } = await control('GET', `${shop}/profiles?${query}`);
      return body.profiles.map(({ id }: { id: string }) => id);
    };
    expect(await found('email=ANN@example.com')).toEqual([annId]);
    expect(await found('list=News01')).toEqual([annId]);
    expect(await found(`q=${encodeURIComponent('A "Cat"')}`)).toEqual([bobId]);
    expect(await found('q=nobody')).toEqual([]);
    expect(await found('limit=1&offset=1')).toEqual([bobId]);
  });

  test('are changed, merged and deleted as in Klaviyo', async () => {
    const { control, seed, call, clock } = await startControlledKlaviyo();
    const [annId, bobId] = await seed(ann, bob);
    clock.nowMs += 60_000;
    const change = { attributes: { first_name: 'Ann', properties: { size: 'M' } } };
    await control('PATCH', `${shop}/profiles/${annId}`, change);
    const changed = await call('GET', `/api/profiles/${annId}`);
    expect(changed.body.data.attributes).toMatchObject({
      first_name: 'Ann',
      updated: '2026-11-23T12:01:00+00:00',
    });
    await control('POST', `${shop}/profiles/${annId}/merge`, { into: bobId });
    expect((await call('GET', `/api/profiles/${annId}`)).body.data.id).toBe(bobId);
    await control('DELETE', `${shop}/profiles/${bobId}`);
    expect((await call('GET', `/api/profiles/${bobId}`)).status).toBe(404);
  });

  test('keep their identifiers to themselves', async () => {
    const { control, seed } = await startControlledKlaviyo();
    const [annId] = await seed(ann, bob);
    const taken = await control('PATCH', `${shop}/profiles/${annId}`, {
      attributes: { email: 'bob@example.com' },
    });
    expect(taken.status).toBe(409);
    const itself = await control('POST', `${shop}/profiles/${annId}/merge`, { into: annId });
    expect(itself).toMatchObject({ status: 409, body: { error: 'into: the two are one profile' } });
  });
});

describe('consent', () => {
  test('is given and taken back, by list and everywhere', async () => {
    const { control, seed, call } = await startControlledKlaviyo();
    await control('POST', `${shop}/lists`, news);
    const [id] = await seed(ann);
    const path = `${shop}/profiles/${id}`;
    const given = { channels: ['email'], list: 'News01', consentedAt: '2026-01-01T00:00:00Z' };
    const subscribed = await control('POST', `${path}/subscribe`, given);
    expect(subscribed.body).toMatchObject({
      lists: [{ id: 'News01' }],
      consent: { email: { state: 'SUBSCRIBED', givenAt: '2026-01-01T00:00:00.000Z' } },
    });
    const left = await control('POST', `${path}/unsubscribe`, {
      channels: ['email'],
      list: 'News01',
    });
    expect(left.body).toMatchObject({ lists: [], consent: { email: { state: 'SUBSCRIBED' } } });
    await control('POST', `${path}/unsubscribe`, { channels: ['email'] });
    const query = { 'additional-fields[profile]': 'subscriptions' };
    const { body } = await call('GET', `/api/profiles/${id}`, { query });
    expect(body.data.attributes.subscriptions).toMatchObject({
      email: { marketing: { consent: 'UNSUBSCRIBED', can_receive_email_marketing: false } },
    });
  });

  test('by list is for e-mail alone', async () => {
    const { control, seed } = await startControlledKlaviyo();
    await control('POST', `${shop}/lists`, news);
    const [id] = await seed(ann);
    const word = { channels: ['sms'], list: 'News01' };
    const { status, body } = await control('POST', `${shop}/profiles/${id}/unsubscribe`, word);
    expect([status, body.error]).toEqual([400, 'list: consent by list is for email alone']);
  });

  test('that waits for its confirmation is confirmed once', async () => {
    const { control, seed, call } = await startControlledKlaviyo();
    await control('POST', `${shop}/lists`, {
      lists: [{ id: 'Dbl001', name: 'D', optIn: 'double_opt_in' }],
    });
    const [id] = await seed(ann);
    const body = subscribeBody(['ann@example.com'], 'Dbl001');
    await call('POST', '/api/profile-subscription-bulk-create-jobs', { body });
    const confirmed = await control('POST', `${shop}/profiles/${id}/confirm`);
    expect(confirmed.body.consent.email.state).toBe('SUBSCRIBED');
    expect((await control('POST', `${shop}/profiles/${id}/confirm`)).status).toBe(409);
  });
});

describe('trouble', () => {
  test('limits of our own throttle an endpoint, and lifting them ends that', async () => {
    const { control, call } = await startControlledKlaviyo({ rateLimits: {} });
    const ownLimits = [{ endpoint: 'GET /api/lists', account: testAccount, burst: 2, steady: 100 }];
    await control('PUT', '/limits', { ownLimits });
    const statuses = [];
    for (const _ of [1, 2, 3]) statuses.push((await call('GET', '/api/lists')).status);
    expect(statuses).toEqual([200, 200, 429]);
    expect((await call('GET', '/api/profiles')).status).toBe(200);
    await control('PUT', '/limits', { enforced: false });
    for (const _ of Array.from({ length: 80 })) {
      expect((await call('GET', '/api/lists')).status).toBe(200);
    }
  });

  test('faults hit by endpoint and number, and are counted', async () => {
    const { control, call } = await startControlledKlaviyo();
    const match = { endpoint: 'GET /api/lists', account: testAccount };
    await control('PUT', '/faults', {
      faults: [
        { kind: 'status', status: 502, match, times: 1 },
        { kind: 'challenge', match: { account: 'OTHER1' } },
      ],
    });
    expect((await call('GET', '/api/profiles')).status).toBe(200);
    expect((await call('GET', '/api/lists')).status).toBe(502);
    expect((await call('GET', '/api/lists')).status).toBe(200);
    const { body } = await control('GET', '/faults');
    expect(body.faults.map(({ hits }: { hits: number }) => hits)).toEqual([1, 0]);
    expect((await control('DELETE', '/faults')).body).toEqual({ faults: [] });
  });

  test.each([
    [{ kind: 'status', status: 500 }, 500, 'application/vnd.api+json'],
    [{ kind: 'challenge' }, 403, 'text/html'],
    [{ kind: 'page', status: 200 }, 200, 'text/html'],
    [{ kind: 'redirect', status: 307 }, 307, null],
  ])('a fault %o is what a caller gets', async (fault, status, type) => {
    const { control, call } = await startControlledKlaviyo();
    await control('PUT', '/faults', { faults: [fault] });
    const answer = await call('GET', '/api/lists');
    expect(answer.status).toBe(status);
    expect(answer.headers.get('content-type')?.split(';')[0] ?? null).toBe(type);
  });

  test.each([{ kind: 'reset', when: 'before' }, { kind: 'half_body' }, { kind: 'byte_a_second' }])(
    'a fault %o keeps a caller from a whole answer',
    async (fault) => {
      const { control, simulator } = await startControlledKlaviyo();
      await control('PUT', '/faults', { faults: [fault] });
      const headers = { authorization: 'Klaviyo-API-Key pk_test', revision: '2026-07-15' };
      const answer = fetch(`${simulator.url}/api/lists`, { headers }).then((one) => one.json());
      const sooner = new Promise((resolve) => setTimeout(resolve, 300, 'no whole answer'));
      expect(await Promise.race([answer.catch(() => 'no whole answer'), sooner])).toBe(
        'no whole answer',
      );
    },
  );

  test('delays hold work back until it is processed', async () => {
    const { control, call } = await startControlledKlaviyo();
    await control('PUT', '/delays', { subscriptionMs: 3_600_000 });
    const body = subscribeBody(['new@example.com'], undefined, {
      attributes: { historical_import: true },
      row: {
        subscriptions: {
          email: { marketing: { consent: 'SUBSCRIBED', consented_at: '2026-01-01T00:00:00Z' } },
        },
      },
    });
    const accepted = await call('POST', '/api/profile-subscription-bulk-create-jobs', { body });
    expect(accepted.status).toBe(202);
    expect((await control('GET', `${shop}/profiles`)).body.total).toBe(0);
    expect((await control('POST', '/process')).body).toEqual({ processed: 1 });
    expect((await control('GET', `${shop}/profiles`)).body.total).toBe(1);
  });
});

describe('the simulator', () => {
  test('moves its clock forward only, and back at a reset', async () => {
    const { control, simulator } = await startControlledKlaviyo();
    const moved = await control('PUT', '/clock', { now: '2027-01-01T00:00:00Z', runs: false });
    expect(moved.body).toEqual({ now: '2027-01-01T00:00:00.000Z', runs: false });
    simulator.account().seedProfiles([ann]);
    const { body } = await control('GET', `${shop}/profiles`);
    expect(body.profiles[0].createdAt).toBe('2027-01-01T00:00:00.000Z');
    expect((await control('PUT', '/clock', { now: '2026-12-31T00:00:00Z' })).status).toBe(409);
    await control('POST', '/reset');
    const { clock, accounts } = (await control('GET', '')).body;
    expect(clock.now).toBe(new Date(testTimeMs).toISOString());
    expect(accounts).toMatchObject([{ id: testAccount, profiles: 0 }]);
  });

  test('takes one more account, whose key opens it, and loses it at a reset', async () => {
    const { control, call } = await startControlledKlaviyo();
    await control('POST', '/accounts', { id: 'More01', privateKeys: ['pk_more'], profiles: [ann] });
    const headers = { authorization: 'Klaviyo-API-Key pk_more' };
    expect((await call('GET', '/api/profiles', { headers })).items).toHaveLength(1);
    const twice = await control('POST', '/accounts', { privateKeys: ['pk_more'] });
    expect(twice.status).toBe(409);
    await control('POST', '/reset');
    expect((await call('GET', '/api/profiles', { headers })).status).toBe(401);
  });

  test('shows calls with what was asked and answered, and no credentials', async () => {
    const { control, call } = await startControlledKlaviyo();
    const body = profileBody({ email: 'ann@example.com' });
    await call('POST', '/api/profiles', { body });
    await call('POST', '/api/profiles', { body });
    const conflicts = await control('GET', '/calls?status=409');
    expect(conflicts.body).toMatchObject({
      total: 1,
      counts: [{ endpoint: 'POST /api/profiles', account: testAccount, status: 409, count: 1 }],
      calls: [{ method: 'POST', path: '/api/profiles', request: JSON.stringify(body) }],
    });
    expect(conflicts.body.calls[0].answer).toContain('duplicate_profile');
    expect(JSON.stringify((await control('GET', '/calls')).body)).not.toContain('pk_test');
    await control('DELETE', '/calls');
    expect((await control('GET', '/calls')).body).toEqual({ total: 0, counts: [], calls: [] });
  });

  test('is not one of its own callers', async () => {
    const { control, simulator } = await startControlledKlaviyo({
      faults: [{ kind: 'status', status: 500 }],
    });
    expect((await control('GET', '')).status).toBe(200);
    expect(simulator.countCalls()).toBe(0);
  });
});

describe('a refusal', () => {
  const bodies = operations.filter(({ body }) => body !== undefined);

  test.each(bodies)('names the field that $key does not know', async ({ key }) => {
    const { control, seed } = await startControlledKlaviyo();
    const [profile] = await seed(ann);
    const [method = '', path = ''] = key.split(' ');
    const target = path
      .replace('/simulator', '')
      .replace('{account}', testAccount)
      .replace('{profile}', profile ?? '');
    const { status, body } = await control(method, target, { surprise: 1 });
    expect(status).toBe(400);
    // Where three fields are missing, these are named, and this one is the one more.
    expect(body.error).toMatch(/surprise: there is no such field|; and 1 more$/);
  });

  test.each([
    ['POST', '/accounts/NoShop/profiles', { profiles: [ann] }, 404, 'there is no account NoShop'],
    ['GET', `${shop}/profiles/nobody`, undefined, 404, 'there is no profile nobody'],
    ['GET', '/elsewhere', undefined, 404, 'there is no such path'],
    ['PUT', `${shop}/profiles`, undefined, 405, 'this path takes POST, GET'],
    ['POST', `${shop}/lists`, '{', 400, 'the body: must be JSON'],
    ['POST', `${shop}/lists`, '[]', 400, 'the body: must be an object'],
    ['POST', '/reset', { account: 'x' }, 400, 'the body: there must be none'],
    ['GET', '/calls?stats=1', undefined, 400, 'stats: there is no such field'],
    ['GET', `${shop}/lists?q=x`, undefined, 400, 'q: there is no such parameter'],
    [
      'PUT',
      '/faults',
      { faults: [{ kind: 'statu' }] },
      400,
      'faults.0.kind: must be one of status',
    ],
    ['PUT', '/faults', { faults: ['x'] }, 400, 'faults.0: must be an object'],
    ['PUT', '/clock', { now: 'noon' }, 400, 'now: must be a time with its offset'],
  ])('%s %s says %#', async (method, path, body, status, error) => {
    const { control } = await startControlledKlaviyo();
    const answer = await control(method, path, body);
    expect(answer.status).toBe(status);
    expect(answer.body.error).toContain(error);
  });

  test('comes from the published schemas too', () => {
    expect(isValid('seed-profiles.body', { profiles: [ann, bob] })).toBe(true);
    expect(isValid('seed-profiles.body', { profiles: [{ attributes: { emial: 'x' } }] })).not.toBe(
      true,
    );
    expect(isValid('set-faults.body', { faults: [{ kind: 'statu' }] })).not.toBe(true);
    expect(isValid('settings', { accounts: [{ privateKeys: ['pk_x'], profiles: [ann] }] })).toBe(
      true,
    );
  });
});
