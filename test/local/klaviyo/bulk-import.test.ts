import { describe, expect, test } from 'vitest';
import { nextOf, problemOf, startTestKlaviyo, testTimeMs } from './simulated-klaviyo.ts';

const jobs = '/api/profile-bulk-import-jobs';

const importBody = (
  rows: readonly object[],
  listIds: readonly string[] = [],
  rest: object = {},
) => ({
  data: {
    type: 'profile-bulk-import-job',
    attributes: {
      profiles: { data: rows.map((attributes) => ({ type: 'profile', attributes, ...rest })) },
    },
    ...(listIds.length > 0 && {
      relationships: { lists: { data: listIds.map((id) => ({ type: 'list', id })) } },
    }),
  },
});

const setUp = async (options: Parameters<typeof startTestKlaviyo>[0] = {}) => {
  const klaviyo = await startTestKlaviyo(options);
  const account = klaviyo.simulator.account();
  const [listId = ''] = account.seedLists([{ name: 'News' }]);
  const spawn = (rows: readonly object[], lists: readonly string[] = []) =>
    klaviyo.call('POST', jobs, { body: importBody(rows, lists) });
  return { ...klaviyo, account, listId, spawn };
};

describe('a bulk import', () => {
  test('is queued, then processing, then complete', async () => {
    const { spawn, call, clock, account } = await setUp({ delays: { jobMs: 60_000 } });
    const spawned = await spawn([{ email: 'a@example.com' }, { email: 'b@example.com' }]);
    expect([spawned.status, spawned.body.data]).toMatchObject([
      202,
      {
        type: 'profile-bulk-import-job',
        id: expect.stringMatching(/^[\w-]{58}$/),
        attributes: {
          status: 'queued',
          total_count: 2,
          completed_count: 0,
          failed_count: 0,
          created_at: '2026-11-23T12:00:00+00:00',
          started_at: null,
          completed_at: null,
          expires_at: '2026-11-30T12:00:00+00:00',
        },
      },
    ]);
    const state = async () =>
      (await call('GET', `${jobs}/${spawned.body.data.id}`)).body.data.attributes;
    expect(await state()).toMatchObject({ status: 'queued' });
    clock.nowMs += 30_000;
    expect(await state()).toMatchObject({ status: 'processing', completed_at: null });
    expect(account.profiles()).toEqual([]);
    clock.nowMs += 30_000;
    expect(await state()).toMatchObject({
      status: 'complete',
      completed_count: 2,
      completed_at: '2026-11-23T12:01:00+00:00',
    });
    expect(account.profiles().map(({ email }) => email)).toEqual([
      'a@example.com',
      'b@example.com',
    ]);
  });

  test('answers its request as queued, though it takes no time', async () => {
    const { spawn } = await setUp();
    const { body } = await spawn([{ email: 'a@example.com' }]);
    expect(body.data.attributes).toMatchObject({ status: 'queued', completed_count: 0 });
  });

  test('writes what a row has, and clears nothing with null', async () => {
    const { spawn, account } = await setUp();
    const [id = ''] = account.seedProfiles([
      {
        attributes: {
          email: 'a@example.com',
          title: 'Dr',
          location: { city: 'Bonn', zip: '53111' },
          properties: { size: 'M', color: 'red' },
        },
      },
    ]);
    await spawn([
      {
        email: 'a@example.com',
        title: null,
        first_name: 'Ana',
        location: { city: 'Köln', zip: null },
        properties: { size: null, color: 'blue' },
      },
    ]);
    expect(account.profile(id)).toMatchObject({
      fields: { title: 'Dr', first_name: 'Ana' },
      location: { city: 'Köln', zip: '53111' },
      properties: { size: 'M', color: 'blue' },
    });
  });

  test('puts its profiles on lists, grants no consent, and shows both', async () => {
    const { spawn, account, listId, call } = await setUp();
    const { body } = await spawn([{ email: 'a@example.com' }, { external_id: 'c2' }], [listId]);
    const ids = account.profiles().map(({ id }) => id);
    expect(account.members(listId)).toEqual(ids);
    expect(account.profiles().map(({ consent }) => consent.email)).toEqual(
      Array(2).fill('NEVER_SUBSCRIBED'),
    );
    const at = (path: string) => call('GET', `${jobs}/${body.data.id}${path}`);
    expect((await at('/profiles')).items.map(({ id }) => id)).toEqual(ids);
    expect((await at('/relationships/profiles')).items).toEqual(
      ids.map((id) => ({ type: 'profile', id })),
    );
    expect((await at('/lists')).items).toMatchObject([
      { id: listId, attributes: { name: 'News' } },
    ]);
    expect((await at('/relationships/lists')).items).toEqual([{ type: 'list', id: listId }]);
    const withLists = await at('?include=lists');
    expect(withLists.body.included).toMatchObject([{ type: 'list', id: listId }]);
    expect(withLists.body.data.relationships.lists?.data).toEqual([{ type: 'list', id: listId }]);
  });

  test('tells which rows could not be written, a page at a time, and writes the others', async () => {
    const { spawn, account, call } = await setUp();
    account.seedProfiles([
      { attributes: { email: 'a@example.com' } },
      { attributes: { phone_number: '+12025550123' } },
    ]);
    const clash = { email: 'a@example.com', phone_number: '+12025550123' };
    const { body } = await spawn([clash, { email: 'b@example.com' }, clash]);
    const job = await call('GET', `${jobs}/${body.data.id}`);
    expect(job.body.data.attributes).toMatchObject({ completed_count: 1, failed_count: 2 });
    const first = await call('GET', `${jobs}/${body.data.id}/import-errors?page[size]=1`);
    expect(first.items).toMatchObject([
      {
        type: 'import-error',
        attributes: {
          code: 'duplicate_profile',
          source: { pointer: '/data/attributes/profiles/data/0/attributes' },
          original_payload: clash,
        },
      },
    ]);
    const second = await call('GET', nextOf(first) ?? '');
    expect(second.items[0]?.attributes.source).toEqual({
      pointer: '/data/attributes/profiles/data/2/attributes',
    });
    expect(nextOf(second)).toBeNull();
  });

  test('matches by any identifier, so that a phone number takes a profile over', async () => {
    const { spawn, account } = await setUp();
    const [id = ''] = account.seedProfiles([
      { attributes: { email: 'a@example.com', phone_number: '+12025550123' } },
    ]);
    await spawn([{ email: 'b@example.com', phone_number: '+12025550123' }]);
    expect(account.profile(id)?.email).toBe('b@example.com');
  });

  test.each([
    [{ email: 'bad' }, '/email'],
    [{ email: 'a@example.com', phone_number: '0123' }, '/phone_number'],
    [{ first_name: 'A' }, ''],
    [{ email: 'a@example.com', nick_name: 'A' }, '/nick_name'],
    [{ email: 'a@example.com', subscriptions: {} }, '/subscriptions'],
  ])('with one row such as %o is refused as a whole', async (row, place) => {
    const { spawn, account } = await setUp();
    const answer = await spawn([{ email: 'good@example.com' }, row]);
    const pointer = `/data/attributes/profiles/data/1/attributes${place}`;
    expect([answer.status, problemOf(answer).source]).toEqual([400, { pointer }]);
    expect(account.profiles()).toEqual([]);
  });

  test('takes 10,000 rows, each of 100 KB, for lists that exist', async () => {
    const { spawn } = await setUp();
    const rows = (count: number) =>
      Array.from({ length: count }, (_, index) => ({ external_id: String(index) }));
    expect((await spawn(rows(10_000))).status).toBe(202);
    expect((await spawn(rows(10_001))).status).toBe(400);
    const large = { email: 'a@example.com', properties: { text: 'x'.repeat(100_000) } };
    expect((await spawn([large])).status).toBe(400);
    expect((await spawn(rows(1), ['Zzzzzz'])).status).toBe(404);
  });

  test('is known for a week', async () => {
    const { spawn, call, clock } = await setUp();
    const { body } = await spawn([{ email: 'a@example.com' }]);
    const path = `${jobs}/${body.data.id}`;
    clock.nowMs += 7 * 24 * 3600 * 1000 - 1;
    expect((await call('GET', path)).status).toBe(200);
    clock.nowMs += 1;
    const gone = await call('GET', path);
    expect([gone.status, problemOf(gone).detail]).toEqual([404, 'Invalid job id']);
  });

  test('has its patch inside the attributes in the first revision, and beside them later', async () => {
    const { call, clock } = await setUp();
    clock.nowMs = Date.parse('2024-06-01T00:00:00Z');
    const meta = { patch_properties: { append: { tags: 'x' } } };
    const inside = importBody([{ email: 'a@example.com', meta }]);
    const beside = importBody([{ email: 'b@example.com' }], [], { meta });
    const post = async (body: object, revision: string) =>
      (await call('POST', jobs, { body, revision })).status;
    expect([await post(inside, '2023-12-15'), await post(beside, '2023-12-15')]).toEqual([
      202, 400,
    ]);
    expect([await post(inside, '2024-02-15'), await post(beside, '2024-02-15')]).toEqual([
      400, 202,
    ]);
    expect((await call('POST', jobs, { body: beside, revision: '2023-10-15' })).status).toBe(404);
  });
});

test('bulk imports are listed by status, and by when they began', async () => {
  const { spawn, call, clock } = await setUp({ delays: { jobMs: 10_000 } });
  const first = (await spawn([{ email: 'a@example.com' }])).body.data.id;
  clock.nowMs += 20_000;
  const second = (await spawn([{ email: 'b@example.com' }])).body.data.id;
  const list = async (query: Record<string, string>) =>
    (await call('GET', jobs, { query })).items.map(({ id }) => id);
  expect(await list({ sort: '-created_at' })).toEqual([second, first]);
  expect(await list({ filter: 'equals(status,"queued")' })).toEqual([second]);
  expect(await list({ filter: 'any(status,["complete","processing"])' })).toEqual([first]);
  expect(
    (await call('GET', jobs, { query: { filter: 'equals(status,"cancelled")' } })).status,
  ).toBe(400);
  const shown = (await call('GET', jobs)).items[0]?.attributes.created_at;
  expect(shown).toBe(new Date(testTimeMs).toISOString().replace('Z', '000+00:00'));
});
