import { describe, expect, test } from 'vitest';
import {
  eventBody,
  newest,
  nextOf,
  problemOf,
  startTestKlaviyo,
  subscribeBody,
} from './simulated-klaviyo.ts';

const someone = 'a@example.com';

const setUp = async (options: Parameters<typeof startTestKlaviyo>[0] = {}) => {
  const klaviyo = await startTestKlaviyo(options);
  const account = klaviyo.simulator.account();
  const [listId = ''] = account.seedLists([{ name: 'News' }]);
  const [id = ''] = account.seedProfiles([{ attributes: { email: someone }, lists: [listId] }]);
  return { ...klaviyo, account, listId, id };
};

describe('a data-privacy deletion', () => {
  const path = '/api/data-privacy-deletion-jobs';
  const body = (attributes: object, id?: string) => ({
    data: {
      type: 'data-privacy-deletion-job',
      attributes: { profile: { data: { type: 'profile', ...(id && { id }), attributes } } },
    },
  });

  test.each(['email', 'phone_number', 'id'])(
    'takes a person away by %s, a while later',
    async (by) => {
      const { call, account, clock, listId } = await setUp({ delays: { jobMs: 60_000 } });
      const identifiers = { email: 'b@example.com', phone_number: '+12025550123' };
      const [id = ''] = account.seedProfiles([{ attributes: identifiers, lists: [listId] }]);
      const chosen = Object.entries(identifiers).filter(([name]) => name === by);
      const request = body(Object.fromEntries(chosen), by === 'id' ? id : undefined);
      const answer = await call('POST', path, { body: request });
      expect([answer.status, answer.text]).toEqual([202, '']);
      expect(account.profile(id)).toBeDefined();
      clock.nowMs += 60_000;
      expect(account.profile(id)).toBeUndefined();
      expect(account.members(listId)).not.toContain(id);
    },
  );

  test('of nobody answers 404, in the recorded words', async () => {
    const { call } = await setUp();
    const answer = await call('POST', path, { body: body({ email: 'x@example.com' }) });
    expect(problemOf(answer)).toMatchObject({
      status: 404,
      code: 'not_found',
      detail:
        'No profile with email "x@example.com" found.  The profile may have already been deleted.',
    });
  });

  test('needs exactly one identifier', async () => {
    const { call, id, account } = await setUp();
    const ask = async (request: object) => (await call('POST', path, { body: request })).status;
    expect(await ask(body({}))).toBe(400);
    expect(await ask(body({ email: someone, phone_number: '+12025550123' }))).toBe(400);
    expect(await ask(body({ email: someone }, id))).toBe(400);
    expect(account.profile(id)).toBeDefined();
  });
});

describe('a merge', () => {
  const body = (into: string, ...from: readonly string[]) => ({
    data: {
      type: 'profile-merge',
      id: into,
      relationships: { profiles: { data: from.map((id) => ({ type: 'profile', id })) } },
    },
  });

  test('moves what a profile has to another, a while later, and keeps its id', async () => {
    const { call, account, clock, id, listId } = await setUp({ delays: { jobMs: 60_000 } });
    const [into = ''] = account.seedProfiles([{ attributes: { external_id: 'c2' } }]);
    const answer = await call('POST', '/api/profile-merge', { body: body(into, id) });
    expect([answer.status, answer.body.data]).toMatchObject([
      202,
      { type: 'profile', id: into, attributes: {} },
    ]);
    expect(account.profiles()).toHaveLength(2);
    clock.nowMs += 60_000;
    expect(account.profiles()).toMatchObject([{ id: into, email: someone, external_id: 'c2' }]);
    expect(account.members(listId)).toEqual([into]);
    expect((await call('GET', `/api/profiles/${id}`)).body.data.id).toBe(into);
  });

  test('takes one source that exists, and is another', async () => {
    const { call, account, id } = await setUp();
    const [other = ''] = account.seedProfiles([{ attributes: { external_id: 'c2' } }]);
    const merge = async (...ids: [string, ...string[]]) =>
      (await call('POST', '/api/profile-merge', { body: body(...ids) })).status;
    expect(await merge(id)).toBe(400);
    expect(await merge(id, id)).toBe(400);
    expect(await merge(id, other, 'x')).toBe(400);
    expect(await merge(id, 'x')).toBe(404);
    expect(await merge('x', id)).toBe(404);
  });
});

describe('suppressions in bulk', () => {
  const body = (kind: string, emails: readonly string[], relationships?: object) => ({
    data: {
      type: `profile-suppression-bulk-${kind}-job`,
      attributes: {
        ...(emails.length > 0 && {
          profiles: { data: emails.map((email) => ({ type: 'profile', attributes: { email } })) },
        }),
      },
      ...(relationships && { relationships }),
    },
  });
  const path = (kind: string) => `/api/profile-suppression-bulk-${kind}-jobs`;

  test('stop mail without a word on consent, and allow it again', async () => {
    const { call, account, clock, id, listId } = await setUp({ delays: { jobMs: 1000 } });
    await call('POST', '/api/profile-subscription-bulk-create-jobs', {
      body: subscribeBody([someone], listId),
    });
    clock.nowMs += 1000;
    const emails = [someone, 'new@example.com'];
    const created = await call('POST', path('create'), { body: body('create', emails) });
    expect([created.status, created.body.data.attributes]).toMatchObject([
      202,
      { status: 'processing', total_count: 0, completed_count: 0, skipped_count: 0 },
    ]);
    clock.nowMs += 1000;
    expect(account.profile(id)).toMatchObject({
      consent: { email: 'SUBSCRIBED' },
      suppressions: [{ reason: 'USER_SUPPRESSED', atMs: clock.nowMs }],
    });
    expect(account.profiles().map(({ email }) => email)).toEqual(emails);
    const job = await call('GET', `${path('create')}/${created.body.data.id}`);
    expect(job.body.data.attributes).toMatchObject({
      status: 'complete',
      total_count: 2,
      completed_count: 2,
    });

    account.suppress(id, { reason: 'HARD_BOUNCE' });
    await call('POST', path('delete'), { body: body('delete', [...emails, 'no@example.com']) });
    clock.nowMs += 1000;
    expect(account.profiles().map(({ suppressions }) => suppressions.length)).toEqual([1, 0]);
    const [removed] = (await call('GET', path('delete'))).items;
    expect(removed?.attributes).toMatchObject({
      total_count: 3,
      completed_count: 2,
      skipped_count: 1,
    });
    expect((await call('GET', path('create'))).items).toHaveLength(1);
  });

  test('may name a list instead, and then its jobs are found by it', async () => {
    const { call, account, id, listId } = await setUp();
    const list = { list: { data: { type: 'list', id: listId } } };
    await call('POST', path('create'), { body: body('create', [], list) });
    expect(account.profile(id)?.suppressions).toMatchObject([{ reason: 'USER_SUPPRESSED' }]);
    const found = async (filter: string) =>
      (await call('GET', path('create'), { query: { filter } })).items.length;
    expect(await found(`equals(list_id,"${listId}")`)).toBe(1);
    expect(await found('equals(list_id,"Other1")')).toBe(0);
    expect(await found('equals(segment_id,"Other1")')).toBe(0);
  });

  test('name people, a list or a segment, and 100 people at most', async () => {
    const { call, listId } = await setUp();
    const list = { list: { data: { type: 'list', id: listId } } };
    const ask = async (...rest: [readonly string[], object?]) =>
      (await call('POST', path('create'), { body: body('create', ...rest) })).status;
    expect(await ask([])).toBe(400);
    expect(await ask([someone], list)).toBe(400);
    expect(await ask([], { segment: { data: { type: 'segment', id: 'Seg111' } } })).toBe(404);
    expect(await ask(['bad'])).toBe(400);
    const many = Array.from({ length: 101 }, (_, index) => `p${index}@example.com`);
    expect([await ask(many.slice(1)), await ask(many)]).toEqual([202, 400]);
  });

  test('take no phone numbers, and tell how far they are from 2024-10-15 on', async () => {
    const { call, clock } = await setUp();
    const request = body('create', [someone]);
    const rows = request.data.attributes.profiles?.data ?? [];
    for (const { attributes } of rows) Object.assign(attributes, { phone_number: '+12025550123' });
    expect((await call('POST', path('create'), { body: request })).status).toBe(400);
    clock.nowMs = Date.parse('2024-11-01T00:00:00Z');
    const status = async (revision: string) =>
      (await call('GET', path('create'), { revision })).status;
    expect([await status('2024-07-15'), await status('2024-10-15')]).toEqual([404, 200]);
  });
});

describe('metrics', () => {
  test('are those that have had an event, by id and by integration', async () => {
    const { call } = await setUp();
    await call('POST', '/api/events', { body: eventBody() });
    const found = await call('GET', '/api/metrics');
    expect([found.items, nextOf(found)]).toMatchObject([
      [{ type: 'metric', attributes: { name: 'Placed Order', integration: { key: 'api' } } }],
      null,
    ]);
    const id = found.items[0]?.id ?? '';
    expect((await call('GET', `/api/metrics/${id}`)).body.data.id).toBe(id);
    expect((await call('GET', '/api/metrics/Zzzzzz')).status).toBe(404);
    const filtered = async (filter: string) =>
      (await call('GET', '/api/metrics', { query: { filter } })).items.length;
    expect(await filtered('equals(integration.name,"API")')).toBe(1);
    expect(await filtered('equals(integration.name,"Shopify")')).toBe(0);
    // Seen live: the category of no metric is ever found.
    expect(await filtered('equals(integration.category,"API")')).toBe(0);
    const events = await call('GET', '/api/events', {
      query: { filter: `equals(metric_id,"${id}")` },
    });
    expect(events.items).toHaveLength(1);
  });
});

describe('a list', () => {
  test('is made, and read by its id, with the number of its members on request', async () => {
    const { call, listId, account } = await setUp();
    const body = (attributes: object) => ({ data: { type: 'list', attributes } });
    const made = await call('POST', '/api/lists', {
      body: body({ name: ' Shoppers ', opt_in_process: 'double_opt_in' }),
    });
    expect([made.status, made.body.data.attributes]).toMatchObject([
      201,
      { name: 'Shoppers', opt_in_process: 'double_opt_in' },
    ]);
    expect(account.lists().map(({ name }) => name)).toEqual(['News', 'Shoppers']);
    expect((await call('POST', '/api/lists', { body: body({}) })).status).toBe(400);
    const older = body({ name: 'x', opt_in_process: 'double_opt_in' });
    const refused = await call('POST', '/api/lists', { body: older, revision: '2025-01-15' });
    expect(refused.status).toBe(400);

    const read = await call('GET', `/api/lists/${listId}`);
    expect(read.body.data.attributes).not.toHaveProperty('profile_count');
    const counted = await call('GET', `/api/lists/${listId}?additional-fields[list]=profile_count`);
    expect(counted.body.data).toMatchObject({ id: listId, attributes: { profile_count: 1 } });
    expect((await call('GET', '/api/lists/x')).status).toBe(404);
  });

  test('is found among those of a profile', async () => {
    const { call, listId, id } = await setUp();
    const lists = await call('GET', `/api/profiles/${id}/lists`);
    expect(lists.items).toMatchObject([{ id: listId, attributes: { name: 'News' } }]);
    const ids = await call('GET', `/api/profiles/${id}/relationships/lists`);
    expect(ids.items).toEqual([{ type: 'list', id: listId }]);
    expect((await call('GET', '/api/profiles/nobody/lists')).status).toBe(404);
  });
});

test('an event is read by its id, with its metric and person on request', async () => {
  const { call, account, id } = await setUp();
  await call('POST', '/api/events', { body: eventBody({ unique_id: 'o1', value: 5 }) });
  const eventId = account.events()[0]?.id;
  const read = await call('GET', `/api/events/${eventId}?include=metric,profile`);
  expect(read.body.data).toMatchObject({
    type: 'event',
    id: eventId,
    attributes: { event_properties: { $event_id: 'o1', $value: 5 } },
    relationships: { profile: { data: { type: 'profile', id } } },
  });
  expect(read.body.included).toMatchObject([{ type: 'metric' }, { type: 'profile', id }]);
  const malformed = await call('GET', '/api/events/x', { revision: newest });
  expect(problemOf(malformed)).toMatchObject({
    status: 400,
    detail: "Invalid Event ID: 'x'",
    source: { pointer: '/data/id' },
  });
  expect((await call('GET', '/api/events/AAAAAAAAAAA')).status).toBe(404);
});
