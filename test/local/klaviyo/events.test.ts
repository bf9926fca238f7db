import { describe, expect, test } from 'vitest';
import { eventBody, nextOf, problemOf, startTestKlaviyo } from './simulated-klaviyo.ts';

const events = '/api/events';
const bulk = '/api/event-bulk-create-jobs';

const bulkEvent = (unique_id: string, rest: object = {}) => ({
  type: 'event',
  attributes: {
    properties: {},
    metric: { data: { type: 'metric', attributes: { name: 'Placed Order' } } },
    unique_id,
    ...rest,
  },
});

const bulkBody = (groups: readonly { profile: object; events: readonly object[] }[]) => ({
  data: {
    type: 'event-bulk-create-job',
    attributes: {
      'events-bulk-create': {
        data: groups.map(({ profile, events: data }) => ({
          type: 'event-bulk-create',
          attributes: {
            profile: { data: { type: 'profile', attributes: profile } },
            events: { data },
          },
        })),
      },
    },
  },
});

describe('recording an event', () => {
  test('answers 202 with no body; profile and event appear a while later', async () => {
    const { call, simulator, clock } = await startTestKlaviyo({ delays: { eventMs: 5000 } });
    const attributes = { value: 9.99, unique_id: 'o1', time: '2026-11-01T10:00:00.75Z' };
    const answer = await call('POST', events, {
      body: eventBody(attributes, { email: 'a@example.com', first_name: 'A' }),
    });
    expect([answer.status, answer.text]).toEqual([202, '']);
    expect(simulator.account().events()).toEqual([]);
    clock.nowMs += 5000;
    expect(simulator.account().events()).toMatchObject([{ value: 9.99, uniqueId: 'o1' }]);
    const [profile] = simulator.account().profiles();
    expect(profile).toMatchObject({ email: 'a@example.com', fields: { first_name: 'A' } });
    const filter = `equals(profile_id,"${profile?.id}")`;
    const { items } = await call('GET', events, { query: { filter } });
    expect(items.map((item) => item.attributes)).toEqual([
      {
        timestamp: 1793527200,
        datetime: '2026-11-01T10:00:00+00:00',
        event_properties: { $value: 9.99, $value_currency: 'USD', $event_id: 'o1' },
        uuid: expect.any(String),
      },
    ]);
  });

  test('a unique id counts once per profile and metric', async () => {
    const { call, simulator } = await startTestKlaviyo();
    const shipped = { data: { type: 'metric', attributes: { name: 'Shipped' } } };
    await call('POST', events, { body: eventBody({ unique_id: 'o1', value: 1 }) });
    await call('POST', events, { body: eventBody({ unique_id: 'o1', value: 2 }) });
    await call('POST', events, { body: eventBody({ unique_id: 'o1', metric: shipped }) });
    await call('POST', events, {
      body: eventBody({ unique_id: 'o1' }, { email: 'b@example.com' }),
    });
    const kept = simulator.account().events();
    expect(kept.map(({ metric, value }) => [metric.name, value])).toEqual([
      ['Placed Order', 1],
      ['Shipped', undefined],
      ['Placed Order', undefined],
    ]);
  });

  test('without a unique id, events of one second collapse', async () => {
    const { call, simulator, clock } = await startTestKlaviyo();
    await call('POST', events, { body: eventBody() });
    await call('POST', events, { body: eventBody() });
    clock.nowMs += 1000;
    await call('POST', events, { body: eventBody() });
    expect(simulator.account().events()).toHaveLength(2);
  });

  test('of a profile id that is unknown is lost after its 202, or refused where set so', async () => {
    const { call, simulator } = await startTestKlaviyo();
    const account = simulator.account();
    const [gone = ''] = account.seedProfiles([{ attributes: { email: 'a@example.com' } }]);
    account.deleteProfile(gone);
    const body = eventBody();
    Object.assign(body.data.attributes.profile.data, { id: gone, attributes: {} });
    const group = bulkBody([{ profile: {}, events: [bulkEvent('1')] }]);
    for (const { attributes } of group.data.attributes['events-bulk-create'].data) {
      Object.assign(attributes.profile.data, { id: gone });
    }
    const post = async () => [
      (await call('POST', events, { body })).status,
      (await call('POST', bulk, { body: group })).status,
    ];
    expect(await post()).toEqual([202, 202]);
    expect([account.events(), account.profiles()]).toEqual([[], []]);
    account.configure({ unknownEventProfiles: 'refuse' });
    expect(await post()).toEqual([404, 404]);
  });

  test('finds its person by any identifier, without taking those of others', async () => {
    const { call, simulator } = await startTestKlaviyo();
    const [first, second] = simulator
      .account()
      .seedProfiles([
        { attributes: { email: 'a@example.com' } },
        { attributes: { phone_number: '+12025550123' } },
      ]);
    const person = { email: 'a@example.com', phone_number: '+12025550123' };
    expect((await call('POST', events, { body: eventBody({}, person) })).status).toBe(202);
    expect(simulator.account().events()[0]?.profileId).toBe(first);
    expect(simulator.account().profile(second ?? '')?.phone_number).toBe('+12025550123');
  });

  test.each([
    [{ time: '1999-12-31T00:00:00Z' }, 'before 2000', '2026-04-15', '/data/attributes/time'],
    [{ time: '1989-12-31T00:00:00Z' }, 'before 1990', '2026-07-15', '/data/attributes/time'],
    [{ time: '2028-01-01T00:00:00Z' }, 'over a year ahead', '2026-07-15', '/data/attributes/time'],
    [
      { properties: Object.fromEntries(Array.from({ length: 301 }, (_, key) => [key, 1])) },
      'over 300 properties',
      '2025-01-15',
      '/data/attributes/properties',
    ],
    [
      { properties: { text: 'x'.repeat(100_001) } },
      'a string over 100 KB',
      '2026-07-15',
      '/data/attributes/properties',
    ],
    [{ backfill: true }, 'backfill before 2026-04-15', '2026-01-15', '/data/attributes/backfill'],
  ])('%o answers 400: %s', async (attributes, _why, revision, pointer) => {
    const { call } = await startTestKlaviyo();
    const answer = await call('POST', events, { body: eventBody(attributes), revision });
    expect([answer.status, problemOf(answer).source]).toEqual([400, { pointer }]);
  });

  test('the patch of a profile belongs inside its attributes from 2024-02-15 on', async () => {
    const { call, simulator } = await startTestKlaviyo();
    const meta = { patch_properties: { append: { seen: 'x' } } };
    const inside = eventBody({ unique_id: '1' }, { email: 'a@example.com', meta });
    expect((await call('POST', events, { body: inside })).status).toBe(202);
    const outside = eventBody({ unique_id: '2' });
    Object.assign(outside.data.attributes.profile.data, { meta });
    expect((await call('POST', events, { body: outside })).status).toBe(400);
    expect(simulator.account().events()).toHaveLength(1);
  });
});

describe('recording events in bulk', () => {
  test('groups them by profile', async () => {
    const { call, simulator } = await startTestKlaviyo();
    const body = bulkBody([
      { profile: { email: 'a@example.com' }, events: [bulkEvent('1'), bulkEvent('2')] },
      { profile: { email: 'b@example.com' }, events: [bulkEvent('1')] },
    ]);
    const answer = await call('POST', bulk, { body });
    expect([answer.status, answer.text]).toEqual([202, '']);
    expect(simulator.account().events()).toHaveLength(3);
  });

  test('a repeated unique id fails the whole request', async () => {
    const { call, simulator } = await startTestKlaviyo();
    const person = { email: 'a@example.com' };
    const body = bulkBody([
      { profile: person, events: [bulkEvent('1')] },
      { profile: person, events: [bulkEvent('2'), bulkEvent('1')] },
    ]);
    const answer = await call('POST', bulk, { body });
    expect([answer.status, problemOf(answer).source]).toEqual([
      400,
      {
        pointer:
          '/data/attributes/events-bulk-create/data/1/attributes/events/data/1/attributes/unique_id',
      },
    ]);
    expect(simulator.account().events()).toEqual([]);
  });

  test('one bad row fails the whole request, and is named by its place', async () => {
    const { call } = await startTestKlaviyo();
    const body = bulkBody([
      { profile: { email: 'a@example.com' }, events: [bulkEvent('1')] },
      { profile: { phone_number: '0123' }, events: [bulkEvent('1')] },
    ]);
    const pointer =
      '/data/attributes/events-bulk-create/data/1/attributes/profile/data/attributes/phone_number';
    const answer = await call('POST', bulk, { body });
    expect([answer.status, problemOf(answer).source]).toEqual([400, { pointer }]);
  });

  test('takes 1,000 events and 5 MB', async () => {
    const { call } = await startTestKlaviyo();
    const many = (count: number, rest = {}) =>
      bulkBody([
        {
          profile: { email: 'a@example.com' },
          events: Array.from({ length: count }, (_, index) => bulkEvent(String(index), rest)),
        },
      ]);
    const post = async (body: unknown) => (await call('POST', bulk, { body })).status;
    expect(await post(many(1000))).toBe(202);
    expect(await post(many(1001))).toBe(400);
    expect(await post(many(60, { properties: { text: 'x'.repeat(90_000) } }))).toBe(400);
  });
});

test('events come 200 a page, the newest first, with metric and profile on request', async () => {
  const { call, clock } = await startTestKlaviyo();
  for (let index = 0; index < 3; index += 1) {
    clock.nowMs += 1000;
    await call('POST', events, { body: eventBody({ unique_id: String(index) }) });
  }
  const query = { 'page[size]': '2', include: 'metric,profile' };
  const first = await call('GET', events, { query });
  const second = await call('GET', nextOf(first) ?? '');
  const ids = [...first.items, ...second.items].map(
    ({ attributes }) => Object(attributes.event_properties).$event_id,
  );
  expect(ids).toEqual(['2', '1', '0']);
  expect(first.body.included).toMatchObject([
    { type: 'metric', attributes: { name: 'Placed Order' } },
    { type: 'profile', attributes: { email: 'a@example.com' } },
  ]);
  const old = await call('GET', `${events}?page[size]=2`, { revision: '2025-10-15' });
  expect(old.status).toBe(400);
});
