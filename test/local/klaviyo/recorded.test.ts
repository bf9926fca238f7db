/** What recordings of live answers show, each with the revision of the recording. */
import { describe, expect, test } from 'vitest';
import {
  eventBody,
  problemOf,
  profileBody,
  startTestKlaviyo,
  subscribeBody,
  testAccount,
} from './simulated-klaviyo.ts';

const locationMembers = [
  'address1',
  'address2',
  'city',
  'country',
  'ip',
  'latitude',
  'longitude',
  'region',
  'timezone',
  'zip',
];

const withProfile = async (attributes: Record<string, unknown> = { email: 'a@example.com' }) => {
  const klaviyo = await startTestKlaviyo();
  const [id = ''] = klaviyo.simulator.account().seedProfiles([{ attributes }]);
  const read = async (query = {}) =>
    (await klaviyo.call('GET', `/api/profiles/${id}`, { query })).body.data;
  return { ...klaviyo, account: klaviyo.simulator.account(), id, read };
};

describe('a profile (2026-07-15)', () => {
  test('shows all ten members of its location, null where there is none', async () => {
    const { read } = await withProfile({ email: 'a@example.com', location: { city: 'Bonn' } });
    const location = Object((await read()).attributes.location);
    expect(Object.keys(location).sort()).toEqual(locationMembers);
    expect(location).toMatchObject({ city: 'Bonn', zip: null, latitude: null });
  });

  test.each(['GET', 'PATCH'])(
    '%s of a malformed id answers 404, as of an unknown one',
    async (method) => {
      const { call } = await startTestKlaviyo();
      for (const id of ['nobody', '01HZZZZZZZZZZZZZZZZZZZZZZZ']) {
        const body = method === 'PATCH' ? profileBody({}, { id }) : undefined;
        const answer = await call(method, `/api/profiles/${id}`, { body });
        expect([answer.status, problemOf(answer).detail]).toEqual([
          404,
          `A profile with id ${id} does not exist.`,
        ]);
      }
    },
  );

  test('shows additional fields though the chosen ones do not name them', async () => {
    const { read } = await withProfile();
    const { attributes } = await read({
      'fields[profile]': 'email',
      'additional-fields[profile]': 'subscriptions',
    });
    expect(Object.keys(attributes).sort()).toEqual(['email', 'subscriptions']);
  });

  test('has properties of Klaviyo itself once it is subscribed', async () => {
    const { call, account, id, read } = await withProfile({
      email: 'a@example.com',
      properties: { size: 'M' },
    });
    const [listId] = account.seedLists([{ name: 'News' }]);
    const attributes = { custom_source: 'till' };
    const body = subscribeBody(['a@example.com'], listId, { attributes });
    await call('POST', '/api/profile-subscription-bulk-create-jobs', { body });
    expect((await read()).attributes.properties).toEqual({
      size: 'M',
      $consent: ['email'],
      $consent_timestamp: '2026-11-23 12:00:00.000000+00:00',
      $source: 'till',
      $sms_consent_method: 'API',
    });
    expect(account.profile(id)?.properties).toHaveProperty('$consent');
  });

  test('has null for WhatsApp, and a push channel without the time of its change', async () => {
    const { read } = await withProfile();
    const { attributes } = await read({ 'additional-fields[profile]': 'subscriptions' });
    expect(attributes.subscriptions).toMatchObject({ whatsapp: null });
    expect(Object(attributes.subscriptions).mobile_push).toEqual({
      marketing: {
        can_receive_push_marketing: false,
        consent: 'NEVER_SUBSCRIBED',
        consent_timestamp: null,
      },
    });
  });

  test('without orders has ten predictions, all null', async () => {
    const { read } = await withProfile();
    const { attributes } = await read({ 'additional-fields[profile]': 'predictive_analytics' });
    const predictions = Object.entries(Object(attributes.predictive_analytics));
    expect(predictions.map(([, value]) => value)).toEqual(Array(10).fill(null));
    expect(predictions.map(([name]) => name)).toContain('ranked_channel_affinity');
  });

  test('has the attribute whatsapp_bsuid, and links to push tokens and conversations', async () => {
    const { read, call } = await withProfile();
    const { attributes, relationships } = await read();
    expect(attributes).toHaveProperty('whatsapp_bsuid', null);
    const names = ['conversations', 'lists', 'push-tokens', 'segments'];
    expect(Object.keys(relationships).sort()).toEqual(names);
    const body = profileBody({ email: 'a@example.com' });
    const imported = await call('POST', '/api/profile-import', { body });
    expect(Object.keys(imported.body.data.relationships)).toContain('conversation');
  });
});

describe('times (2026-04-15)', () => {
  const exact = /\.\d{6}\+00:00$/;
  const whole = /:\d{2}\+00:00$/;

  test('are exact for a new profile, and for the change of an imported one', async () => {
    const { call } = await startTestKlaviyo();
    const body = profileBody({ email: 'a@example.com' });
    const created = await call('POST', '/api/profile-import', { body });
    expect([created.status, created.body.data.attributes]).toEqual([
      201,
      expect.objectContaining({
        created: expect.stringMatching(exact),
        updated: expect.stringMatching(exact),
      }),
    ]);
    const known = await call('POST', '/api/profile-import', { body });
    expect(known.body.data.attributes).toMatchObject({
      created: expect.stringMatching(whole),
      updated: expect.stringMatching(exact),
    });
  });

  test('are whole seconds after PATCH', async () => {
    const { call, id } = await withProfile();
    const body = profileBody({ title: 'Dr' }, { id });
    const { attributes } = (await call('PATCH', `/api/profiles/${id}`, { body })).body.data;
    expect(attributes).toMatchObject({
      created: expect.stringMatching(whole),
      updated: expect.stringMatching(whole),
    });
  });
});

test('PATCH with properties and a patch of them leaves the account behind (2026-04-15)', async () => {
  const { call, id } = await withProfile();
  const meta = { patch_properties: { append: { tags: 'x' } } };
  const patch = async (attributes: object) => {
    const body = profileBody(attributes, { id, meta });
    return (await call('PATCH', `/api/profiles/${id}`, { body })).body.data.attributes.properties;
  };
  expect(await patch({})).toEqual({ tags: ['x'] });
  expect(await patch({ properties: { a: 1 } })).toMatchObject({ company_id: testAccount });
});

test('an event shows its value, currency and id among its properties (2026-07-15)', async () => {
  const { call, account } = await withProfile();
  await call('POST', '/api/events', { body: eventBody({ properties: { a: 1 } }) });
  expect(account.events()[0]?.properties).toEqual({ a: 1 });
  const { items } = await call('GET', '/api/events');
  expect(items[0]?.attributes.event_properties).toEqual({
    a: 1,
    $value: 0,
    $value_currency: 'USD',
    $event_id: '1795435200',
  });
});

test('a collection has no hints for agents (2026-07-15)', async () => {
  const { call } = await startTestKlaviyo();
  expect((await call('GET', '/api/profiles')).body).not.toHaveProperty('meta');
});

test('401, 403 and 404 have neither links nor meta, 400 has both (2026-07-15)', async () => {
  const { call } = await startTestKlaviyo({
    accounts: [{ id: testAccount, privateKeys: [{ key: 'pk_test', scopes: ['profiles:read'] }] }],
  });
  const refused = [
    await call('GET', '/api/profiles', { headers: { authorization: 'Bearer wrong' } }),
    await call('GET', '/api/lists'),
    await call('GET', '/api/profiles/nobody'),
    await call('GET', '/api/profiles?filter=x'),
  ];
  expect(refused.map(({ status }) => status)).toEqual([401, 403, 404, 400]);
  const extras = refused.map((answer) =>
    ['links', 'meta'].filter((name) => name in problemOf(answer)),
  );
  expect(extras).toEqual([[], [], [], ['links', 'meta']]);
});

test('the account comes with links to pages that there are not (2026-07-15)', async () => {
  const { call } = await startTestKlaviyo();
  expect((await call('GET', '/api/accounts')).body.links).toMatchObject({ next: null, prev: null });
});

test('an unknown list is named in backticks (2026-07-15)', async () => {
  const { call } = await startTestKlaviyo();
  const answer = await call('GET', '/api/lists/x/profiles');
  expect([answer.status, problemOf(answer).detail]).toEqual([
    404,
    'A list with id `x` does not exist.',
  ]);
});
