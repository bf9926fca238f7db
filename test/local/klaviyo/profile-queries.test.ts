import { describe, expect, test } from 'vitest';
import {
  type Answer,
  nextOf,
  problemOf,
  profileBody,
  startTestKlaviyo,
  testTimeMs,
} from './simulated-klaviyo.ts';

const seeded = async (options: Parameters<typeof startTestKlaviyo>[0] = {}, count = 5) => {
  const klaviyo = await startTestKlaviyo(options);
  const ids = klaviyo.simulator.account().seedProfiles(
    Array.from({ length: count }, (_, index) => ({
      attributes: { email: `p${index}@example.com`, external_id: `c${index}` },
      updatedAtMs: testTimeMs - (index + 10) * 1000,
    })),
  );
  const find = (query: Record<string, string>) => klaviyo.call('GET', '/api/profiles', { query });
  return { ...klaviyo, ids, find };
};

const emails = ({ items }: Answer) => items.map(({ attributes }) => attributes.email);

describe('filters', () => {
  test('equals and any find by identifier, with either kind of quotes', async () => {
    const { find, ids } = await seeded();
    expect(emails(await find({ filter: 'equals(email,"p1@example.com")' }))).toHaveLength(1);
    expect(emails(await find({ filter: "equals(external_id,'c2')" }))).toEqual(['p2@example.com']);
    expect(emails(await find({ filter: `any(id,["${ids[0]}","${ids[3]}"])` }))).toHaveLength(2);
    const any = await find({ filter: 'any(email,["p4@example.com","none@example.com"])' });
    expect(emails(any)).toEqual(['p4@example.com']);
  });

  test('conditions joined by a comma must all hold', async () => {
    const { find } = await seeded();
    const filter =
      'greater-than(updated,2026-11-23T11:59:46Z),less-than(updated,2026-11-23T11:59:50Z)';
    const answer = await find({ filter, sort: '-updated' });
    expect(emails(answer)).toEqual(['p1@example.com', 'p2@example.com', 'p3@example.com']);
    const narrow = 'equals(email,"p1@example.com"),equals(external_id,"c2")';
    expect(emails(await find({ filter: narrow }))).toEqual([]);
  });

  test('bounds are strict, in whole seconds', async () => {
    const { find } = await seeded();
    const after = 'greater-than(updated,2026-11-23T11:59:49Z)';
    expect(emails(await find({ filter: after }))).toEqual(['p0@example.com']);
  });

  test('a plus sign that was not encoded finds nobody', async () => {
    const { call, simulator } = await startTestKlaviyo();
    simulator.account().seedProfiles([{ attributes: { email: 'a+b@example.com' } }]);
    const raw = await call('GET', '/api/profiles?filter=equals(email,%22a+b@example.com%22)');
    expect(emails(raw)).toEqual([]);
    const encoded = await call('GET', '/api/profiles?filter=equals(email,%22a%2Bb@example.com%22)');
    expect(emails(encoded)).toHaveLength(1);
  });

  test.each([
    ['greater-than(updated,2026-11-23T12:00:01Z)', 'a bound in the future'],
    [
      'greater-than(updated,2026-11-23T11:00:00.2Z),less-than(updated,2026-11-23T11:00:00.8Z)',
      'a window within one second',
    ],
    ['greater-than(updated,"2026-11-23T11:00:00Z")', 'a quoted time'],
    ['greater-than(updated,1700000000)', 'a Unix time'],
    ['greater-or-equal(updated,2026-11-23T11:00:00Z)', 'an operator that the field lacks'],
    ['equals(email,a@example.com)', 'a text without quotes'],
    ['equals(city,"Bonn")', 'a field that cannot be filtered by'],
    ['equals(email,"a@example.com"', 'a parenthesis that is not closed'],
    ['equals(email,"a@example.com")equals(id,"x")', 'conditions without a comma'],
  ])('%s answers 400: %s', async (filter) => {
    const { find } = await seeded();
    const answer = await find({ filter });
    expect([answer.status, problemOf(answer).code]).toEqual([400, 'invalid']);
    expect(problemOf(answer).source).toEqual({ parameter: 'filter' });
  });

  test('bounds may be kept away from now', async () => {
    const { find } = await seeded({ filterMarginMs: 5000 });
    const filter = (second: number) => `less-than(updated,2026-11-23T11:59:${second}Z)`;
    expect((await find({ filter: filter(56) })).status).toBe(400);
    expect((await find({ filter: filter(55) })).status).toBe(200);
  });

  test('a change becomes visible to filters late, but not to reads by id', async () => {
    const { find, ids, clock, call } = await seeded({ delays: { visibilityMs: 45_000 } });
    clock.nowMs += 60_000;
    const body = profileBody({ title: 'Dr' }, { id: ids[0] });
    await call('PATCH', `/api/profiles/${ids[0]}`, { body });
    const filter = 'greater-than(updated,2026-11-23T12:00:30Z)';
    expect(emails(await find({ filter }))).toEqual([]);
    const byId = await call('GET', `/api/profiles/${ids[0]}`);
    expect(byId.body.data.attributes.title).toBe('Dr');
    clock.nowMs += 45_000;
    expect(emails(await find({ filter }))).toEqual(['p0@example.com']);
  });
});

describe('pages', () => {
  test('are followed through links.next to the end, each profile once', async () => {
    const { find, call } = await seeded({}, 45);
    const seen: unknown[] = [];
    const first = await find({ sort: 'updated', 'page[size]': '10' });
    seen.push(...emails(first));
    for (let next = nextOf(first); next !== null; ) {
      const page = await call('GET', next);
      seen.push(...emails(page));
      next = nextOf(page);
    }
    expect(new Set(seen).size).toBe(45);
    expect(seen[0]).toBe('p44@example.com');
  });

  test('hold 20 unless asked otherwise, and 100 at most', async () => {
    const { find } = await seeded({}, 25);
    expect(emails(await find({}))).toHaveLength(20);
    expect((await find({ 'page[size]': '101' })).status).toBe(400);
    expect((await find({ 'page[size]': '0' })).status).toBe(400);
  });

  test('continue behind the last profile seen, though others changed meanwhile', async () => {
    const { find, simulator, ids, clock } = await seeded({}, 4);
    const first = await find({ sort: 'updated', 'page[size]': '2' });
    expect(emails(first)).toEqual(['p3@example.com', 'p2@example.com']);
    clock.nowMs += 1000;
    simulator.account().changeProfile(ids[3] ?? '', { title: 'Dr' });
    const cursor = new URL(String(first.body.links.next)).searchParams.get('page[cursor]') ?? '';
    const rest = await find({ sort: 'updated', 'page[size]': '3', 'page[cursor]': cursor });
    expect(emails(rest)).toEqual(['p1@example.com', 'p0@example.com', 'p3@example.com']);
  });

  test('a cursor expires, and what is none is refused', async () => {
    const { find, clock } = await seeded({ cursorLifetimeMs: 60_000 }, 4);
    const first = await find({ 'page[size]': '2' });
    const cursor = new URL(String(first.body.links.next)).searchParams.get('page[cursor]') ?? '';
    expect((await find({ 'page[cursor]': cursor })).status).toBe(200);
    clock.nowMs += 61_000;
    const expired = await find({ 'page[cursor]': cursor });
    expect(problemOf(expired)).toMatchObject({ status: 400, detail: 'Invalid cursor provided.' });
    expect((await find({ 'page[cursor]': 'nonsense' })).status).toBe(400);
  });
});

describe('query parameters', () => {
  test('one that is not declared is refused in the recorded form', async () => {
    const { call } = await startTestKlaviyo();
    const answer = await call('GET', '/api/lists?page[size]=5', { revision: '2025-01-15' });
    expect(problemOf(answer)).toMatchObject({
      status: 400,
      detail: "'page_size' is not a valid field for the resource 'list'.",
      source: { pointer: '/data/attributes/page_size' },
    });
  });

  test('a page size of lists is declared from 2026-04-15 on', async () => {
    const { call } = await startTestKlaviyo();
    const answer = await call('GET', '/api/lists?page[size]=5', { revision: '2026-04-15' });
    expect(answer.status).toBe(200);
  });

  test('subscriptions and predictions are shown on request only', async () => {
    const { find } = await seeded({}, 1);
    const plain = await find({});
    expect(plain.items[0]?.attributes).not.toHaveProperty('subscriptions');
    const full = await find({ 'additional-fields[profile]': 'subscriptions,predictive_analytics' });
    expect(full.items[0]?.attributes).toMatchObject({
      subscriptions: { email: { marketing: { consent: 'NEVER_SUBSCRIBED' } } },
      predictive_analytics: { historic_number_of_orders: null },
    });
    expect((await find({ 'additional-fields[profile]': 'everything' })).status).toBe(400);
  });

  test('attributes can be chosen, down to their members', async () => {
    const { find } = await seeded({}, 1);
    const { items } = await find({ 'fields[profile]': 'email,location.city' });
    expect(items[0]?.attributes).toEqual({ email: 'p0@example.com', location: { city: null } });
    expect((await find({ 'fields[profile]': 'shoe_size' })).status).toBe(400);
  });

  test('the lists of a profile can be included', async () => {
    const { call, simulator } = await startTestKlaviyo();
    const [listId = ''] = simulator.account().seedLists([{ name: 'News' }]);
    const [id] = simulator
      .account()
      .seedProfiles([{ attributes: { email: 'a@example.com' }, lists: [listId] }]);
    const { body } = await call('GET', `/api/profiles/${id}?include=lists`);
    expect(body.included).toMatchObject([
      { type: 'list', id: listId, attributes: { name: 'News' } },
    ]);
    expect(body.data.relationships.lists?.data).toEqual([{ type: 'list', id: listId }]);
  });
});
