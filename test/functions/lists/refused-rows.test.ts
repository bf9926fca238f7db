import { expect, test } from 'vitest';
import { startListsWorld } from './lists-consumer.ts';

const delivered = { kind: 'delivered' };
const news = { id: 'NEWS01' };
const newsletter = { id: 'NEWS01', name: 'Newsletter' };
const subscriptions = 'POST /api/profile-subscription-bulk-create-jobs';
const adding = 'POST /api/lists/{id}/relationships/profiles';
const emails = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ email: `p${index}@example.com` }));
/** Klaviyo's rules for addresses are stricter than ours: this one passes our schema. */
const bad = { email: 'ann@nowhere' };

test('one bad row does not sink a batch: it alone is given up, with Klaviyo’s code and pointer', async () => {
  await using world = await startListsWorld({ account: { lists: [newsletter] } });
  const people = emails(200).with(17, bad).with(150, { email: 'bob@nowhere' });
  const outcomes = await world.run(
    ...people.map((person) => ({ type: 'list.subscribe', list: news, person })),
  );
  const refused = outcomes.flatMap((outcome, index) =>
    outcome?.kind === 'delivered' ? [] : [[index, outcome]],
  );
  expect(refused).toMatchObject(
    [17, 150].map((index) => [
      index,
      {
        kind: 'refused',
        reason: 'request_refused',
        errorCode: 'invalid',
        pointer: `/data/attributes/profiles/data/${index}/attributes/email`,
        operation: subscriptions,
      },
    ]),
  );
  expect(world.account.members('NEWS01')).toHaveLength(198);
  expect(world.klaviyo.countCalls({ endpoint: subscriptions })).toBe(2);
});

test('a bad number does not cost the person their e-mail subscription', async () => {
  await using world = await startListsWorld({
    account: { lists: [newsletter], smsCallingCodes: ['+31'] },
  });
  const outcomes = await world.run(
    ...emails(3).map((person, index) => ({
      type: 'list.subscribe',
      list: news,
      person: { ...person, phoneNumber: index === 1 ? '+12025550123' : `+3120123456${index}` },
    })),
  );
  expect(outcomes).toMatchObject(
    [
      delivered,
      { kind: 'refused', reason: 'request_refused', pointer: /phone_number$/ },
      delivered,
    ].map((outcome) =>
      'pointer' in outcome
        ? { ...outcome, pointer: expect.stringMatching(outcome.pointer as RegExp) }
        : outcome,
    ),
  );
  expect(world.account.profiles().map(({ consent }) => consent)).toEqual([
    { email: 'SUBSCRIBED', sms: 'SUBSCRIBED' },
    { email: 'SUBSCRIBED', sms: 'NEVER_SUBSCRIBED' },
    { email: 'SUBSCRIBED', sms: 'SUBSCRIBED' },
  ]);
});

test('a bad e-mail address does not cost the person their number’s subscription', async () => {
  await using world = await startListsWorld({ account: { lists: [newsletter] } });
  const person = { ...bad, phoneNumber: '+31201234567' };
  expect(await world.run({ type: 'list.subscribe', list: news, person })).toMatchObject([
    { kind: 'refused', reason: 'request_refused' },
  ]);
  expect(world.account.profiles()[0]?.consent.sms).toBe('SUBSCRIBED');
});

test('profile ids that Klaviyo calls invalid are given up, and the others are added', async () => {
  await using world = await startListsWorld({
    account: { lists: [newsletter], profiles: emails(3).map((attributes) => ({ attributes })) },
  });
  const known = world.account.profiles().map(({ id }) => id);
  const ids = ['NOBODY1', ...known, 'NOBODY2'];
  const outcomes = await world.run(
    ...ids.map((profileId) => ({ type: 'list.add', list: news, person: { profileId } })),
  );
  expect(outcomes.map((outcome) => outcome?.kind)).toEqual([
    'refused',
    'delivered',
    'delivered',
    'delivered',
    'refused',
  ]);
  expect(world.account.members('NEWS01')).toEqual(known);
  expect(world.klaviyo.countCalls()).toBe(2);
});

test('a refusal that names no row is narrowed down by halves to the row at fault', async () => {
  await using world = await startListsWorld({
    account: { lists: [newsletter], profiles: emails(16).map((attributes) => ({ attributes })) },
  });
  const ids = world.account.profiles().map(({ id }) => id);
  world.klaviyo.setFaults(
    // The whole, then the half, the quarter, the eighth, the pair and the one that holds the culprit.
    Array.from({ length: 5 }, () => ({
      kind: 'status',
      status: 400,
      body: { errors: [{ code: 'invalid', detail: 'Invalid input.' }] },
      match: { endpoint: adding },
      times: 1,
    })),
  );
  const outcomes = await world.run(
    ...ids.map((profileId) => ({ type: 'list.add', list: news, person: { profileId } })),
  );
  expect(outcomes.map((outcome) => outcome?.kind)).toEqual([
    'refused',
    ...Array.from({ length: 15 }, () => 'delivered'),
  ]);
  expect(world.account.members('NEWS01').toSorted()).toEqual(ids.slice(1).toSorted());
  expect(world.klaviyo.countCalls({ endpoint: adding })).toBe(9);
});

test('a request that is too large is halved', async () => {
  await using world = await startListsWorld({ account: { lists: [newsletter] } });
  const match = { endpoint: subscriptions };
  world.klaviyo.setFaults([{ kind: 'status', status: 413, times: 1, match }]);
  const outcomes = await world.run(
    ...emails(10).map((person) => ({ type: 'list.subscribe', list: news, person })),
  );
  expect(outcomes.every((outcome) => outcome?.kind === 'delivered')).toBe(true);
  expect(world.klaviyo.countCalls(match)).toBe(3);
});

test('a refusal of what all rows share is not narrowed down: it costs one call', async () => {
  await using world = await startListsWorld({ account: { lists: [newsletter] } });
  const pointer = '/data/attributes/custom_source';
  world.klaviyo.setFaults([
    {
      kind: 'status',
      status: 400,
      body: { errors: [{ code: 'invalid', detail: 'x', source: { pointer } }] },
      match: { endpoint: subscriptions },
    },
  ]);
  const outcomes = await world.run(
    ...emails(10).map((person) => ({ type: 'list.subscribe', list: news, person })),
  );
  expect(outcomes).toMatchObject(emails(10).map(() => ({ kind: 'refused', pointer })));
  expect(world.klaviyo.countCalls({ endpoint: subscriptions })).toBe(1);
});

test('an address that Klaviyo will not search for does not sink those it is searched with', async () => {
  await using world = await startListsWorld({
    account: { lists: [newsletter], profiles: emails(4).map((attributes) => ({ attributes })) },
  });
  const refusal = {
    kind: 'status',
    status: 400,
    body: { errors: [{ code: 'invalid', detail: 'x', source: { parameter: 'filter' } }] },
    match: { endpoint: 'GET /api/profiles' },
    times: 1,
  } as const;
  world.klaviyo.setFaults([refusal, refusal, refusal]);
  const outcomes = await world.run(
    ...emails(4).map((person) => ({ type: 'list.add', list: news, person })),
  );
  expect(outcomes.map((outcome) => outcome?.kind)).toEqual([
    'refused',
    'delivered',
    'delivered',
    'delivered',
  ]);
});

test('when one request fails the jobs of the others are not held up', async () => {
  await using world = await startListsWorld({
    account: { lists: [newsletter], profiles: emails(1).map((attributes) => ({ attributes })) },
  });
  world.klaviyo.setFaults([{ kind: 'status', status: 500, match: { endpoint: adding } }]);
  const [profileId] = world.account.profiles().map(({ id }) => id);
  const outcomes = await world.run(
    { type: 'list.add', list: news, person: { profileId } },
    { type: 'list.subscribe', list: news, person: { email: 'new@example.com' } },
  );
  expect(outcomes).toMatchObject([{ kind: 'retry', errorCode: 'KlaviyoServerError' }, delivered]);
});

test('a missing scope is told as what it is', async () => {
  await using world = await startListsWorld({
    account: {
      lists: [newsletter],
      privateKeys: [{ key: 'pk_test', scopes: ['lists:read', 'profiles:read'] }],
    },
  });
  expect(
    await world.run({ type: 'list.subscribe', list: news, person: { email: 'a@example.com' } }),
  ).toMatchObject([{ kind: 'refused', reason: 'not_authorised' }]);
});

test('people whose addresses make a filter too long for a URL are asked about in parts', async () => {
  const long = Array.from({ length: 90 }, (_, index) => ({
    email: `${String(index).padStart(3, '0')}${'x'.repeat(60)}@${'y'.repeat(60)}.${'z'.repeat(60)}.example.com`,
  }));
  await using world = await startListsWorld({
    account: { lists: [newsletter], profiles: long.map((attributes) => ({ attributes })) },
  });
  const outcomes = await world.run(
    ...long.map((person) => ({ type: 'list.add', list: news, person })),
  );
  expect(new Set(outcomes.map((outcome) => outcome?.kind))).toEqual(new Set(['delivered']));
  expect(world.account.members('NEWS01')).toHaveLength(90);
});
