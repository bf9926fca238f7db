import { describe, expect, test } from 'vitest';
import { nextOf, problemOf, startTestKlaviyo } from './simulated-klaviyo.ts';

const withList = async (people = 0) => {
  const klaviyo = await startTestKlaviyo();
  const account = klaviyo.simulator.account();
  const [listId = ''] = account.seedLists([{ name: 'News' }]);
  const ids = account.seedProfiles(
    Array.from({ length: people }, (_, index) => ({
      attributes: { email: `p${index}@example.com` },
    })),
  );
  const path = `/api/lists/${listId}/relationships/profiles`;
  const body = (chosen: readonly string[]) => ({
    data: chosen.map((id) => ({ type: 'profile', id })),
  });
  return { ...klaviyo, account, listId, ids, path, body };
};

describe('lists', () => {
  test('come ten a page, in every revision', async () => {
    const { call, simulator } = await startTestKlaviyo();
    const seeds = Array.from({ length: 12 }, (_, index) => ({ name: `List ${index}` }));
    simulator.account().seedLists(seeds);
    for (const revision of ['2025-01-15', '2026-07-15']) {
      const first = await call('GET', '/api/lists/', { revision });
      const second = await call('GET', nextOf(first) ?? '', { revision });
      expect([first.items.length, second.items.length, nextOf(second)]).toEqual([10, 2, null]);
    }
  });

  test('are found by name, given as one or as several', async () => {
    const { call, listId } = await withList();
    for (const filter of [
      'equals(name,"News")',
      'equals(name,["News"])',
      'any(name,["News","X"])',
    ]) {
      const { items } = await call('GET', '/api/lists', { query: { filter } });
      expect(items.map(({ id }) => id)).toEqual([listId]);
    }
    const none = await call('GET', '/api/lists', { query: { filter: 'equals(name,"news")' } });
    expect(none.items).toEqual([]);
  });
});

describe('members', () => {
  test('are added and removed with 204 and no body', async () => {
    const { call, path, body, ids, account, listId } = await withList(3);
    const added = await call('POST', path, { body: body(ids) });
    expect([added.status, added.text]).toEqual([204, '']);
    expect(account.members(listId)).toEqual(ids);
    const removed = await call('DELETE', path, { body: body(ids.slice(0, 2)) });
    expect(removed.status).toBe(204);
    expect(account.members(listId)).toEqual(ids.slice(2));
  });

  test('that do not exist are named, and nobody is added', async () => {
    const { call, path, body, ids, account, listId } = await withList(1);
    const answer = await call('POST', path, { body: body([...ids, 'WRONG']) });
    expect(problemOf(answer)).toMatchObject({
      status: 400,
      detail: 'Invalid profile IDs: WRONG',
      source: { pointer: '/data/' },
    });
    expect(account.members(listId)).toEqual([]);
  });

  test('are at most 1,000 a call', async () => {
    const { call, path, body, ids } = await withList(1001);
    expect((await call('POST', path, { body: body(ids.slice(1)) })).status).toBe(204);
    expect((await call('POST', path, { body: body(ids) })).status).toBe(400);
    expect((await call('DELETE', path, { body: body(ids) })).status).toBe(400);
  });

  test('of an unknown list answer 404', async () => {
    const { call } = await withList();
    expect((await call('GET', '/api/lists/Zzzzzz/profiles')).status).toBe(404);
  });

  test('are checked by e-mail, and show when they joined', async () => {
    const { call, path, body, ids, listId } = await withList(3);
    await call('POST', path, { body: body(ids.slice(0, 2)) });
    const filter = 'any(email,["p0@example.com","p2@example.com"])';
    const { items } = await call('GET', `/api/lists/${listId}/profiles`, { query: { filter } });
    expect(items.map(({ attributes }) => attributes)).toMatchObject([
      { email: 'p0@example.com', joined_group_at: '2026-11-23T12:00:00+00:00' },
    ]);
  });

  test('do not include somebody whose profile was deleted', async () => {
    const { call, path, body, ids, listId, account } = await withList(2);
    await call('POST', path, { body: body(ids) });
    account.deleteProfile(ids[0] ?? '');
    const { items } = await call('GET', `/api/lists/${listId}/profiles`);
    expect(items.map(({ id }) => id)).toEqual([ids[1]]);
  });
});
