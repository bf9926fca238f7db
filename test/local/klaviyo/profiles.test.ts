import { describe, expect, test } from 'vitest';
import {
  eventBody,
  problemOf,
  profileBody,
  startTestKlaviyo,
  type TestKlaviyo,
} from './simulated-klaviyo.ts';

const create = async ({ call }: TestKlaviyo, attributes: object): Promise<string> =>
  (await call('POST', '/api/profiles', { body: profileBody(attributes) })).body.data.id;

describe('writing profiles', () => {
  test('a new profile is answered with 201, microseconds and null for what it lacks', async () => {
    const { call } = await startTestKlaviyo();
    const body = profileBody({ email: 'Ana@Example.com', first_name: 'Ána', properties: { a: 1 } });
    const answer = await call('POST', '/api/profiles', { body });
    expect(answer.status).toBe(201);
    expect(answer.headers.get('content-type')).toBe('application/vnd.api+json');
    expect(answer.body.data).toMatchObject({
      type: 'profile',
      id: expect.stringMatching(/^[0-9A-Z]{26}$/),
      attributes: {
        email: 'ana@example.com',
        first_name: 'Ána',
        phone_number: null,
        properties: { a: 1 },
        created: expect.stringMatching(/^2026-11-23T12:00:00\.\d{6}\+00:00$/),
      },
    });
  });

  test('reads show whole seconds', async () => {
    const klaviyo = await startTestKlaviyo();
    const id = await create(klaviyo, { email: 'a@example.com' });
    const { body } = await klaviyo.call('GET', `/api/profiles/${id}/`);
    expect(body.data.attributes.updated).toBe('2026-11-23T12:00:00+00:00');
  });

  test('a taken identifier answers 409 and names the other profile', async () => {
    const klaviyo = await startTestKlaviyo();
    const id = await create(klaviyo, { email: 'a@example.com' });
    const body = profileBody({ email: 'A@example.com', phone_number: '+12025550123' });
    const answer = await klaviyo.call('POST', '/api/profiles', { body });
    expect(answer.status).toBe(409);
    expect(answer.body).toEqual({
      errors: [
        {
          id: expect.any(String),
          status: 409,
          code: 'duplicate_profile',
          title: 'Conflict.',
          detail: 'A profile already exists with one of these identifiers.',
          source: { pointer: '/data/attributes' },
          links: {},
          meta: { duplicate_profile_id: id },
        },
      ],
    });
  });

  test("an update that takes another profile's identifier answers 409 with that profile", async () => {
    const klaviyo = await startTestKlaviyo();
    const first = await create(klaviyo, { email: 'a@example.com' });
    const second = await create(klaviyo, { email: 'b@example.com' });
    const body = profileBody({ email: 'a@example.com' }, { id: second });
    const answer = await klaviyo.call('PATCH', `/api/profiles/${second}`, { body });
    expect(answer.status).toBe(409);
    expect(problemOf(answer).meta.duplicate_profile_id).toBe(first);
  });

  test('null clears, absence leaves', async () => {
    const klaviyo = await startTestKlaviyo();
    const id = await create(klaviyo, {
      email: 'a@example.com',
      title: 'Dr',
      image: 'x.png',
      location: { city: 'Bonn', zip: '53111' },
      properties: { keep: 1, drop: 2 },
    });
    const attributes = { title: null, location: { zip: null }, properties: { drop: null, add: 3 } };
    const body = profileBody(attributes, { id });
    const answer = await klaviyo.call('PATCH', `/api/profiles/${id}`, { body });
    expect(answer.status).toBe(200);
    expect(answer.body.data.attributes).toMatchObject({ title: null, image: 'x.png' });
    expect(answer.body.data.attributes.location).toMatchObject({ city: 'Bonn', zip: null });
    expect(answer.body.data.attributes.properties).toEqual({ keep: 1, add: 3 });
  });

  test('properties can be appended to, taken from and unset', async () => {
    const klaviyo = await startTestKlaviyo();
    const id = await create(klaviyo, { email: 'a@example.com', properties: { a: ['x'], b: 1 } });
    const patch_properties = { append: { a: 'y' }, unappend: { a: ['x'] }, unset: ['b'] };
    const body = profileBody({}, { id, meta: { patch_properties } });
    const answer = await klaviyo.call('PATCH', `/api/profiles/${id}`, { body });
    expect(answer.body.data.attributes.properties).toEqual({ a: ['y'] });
  });

  test('an update must carry the id of its path', async () => {
    const klaviyo = await startTestKlaviyo();
    const id = await create(klaviyo, { email: 'a@example.com' });
    const wrong = profileBody({}, { id: '01HZZZZZZZZZZZZZZZZZZZZZZZ' });
    const answer = await klaviyo.call('PATCH', `/api/profiles/${id}`, { body: wrong });
    expect([answer.status, problemOf(answer).source]).toEqual([400, { pointer: '/data/id' }]);
  });

  test('an import makes a profile once and changes it after that', async () => {
    const { call } = await startTestKlaviyo();
    const body = profileBody({ email: 'a@example.com', first_name: 'A' });
    expect((await call('POST', '/api/profile-import', { body })).status).toBe(201);
    const again = profileBody({ email: 'a@example.com', first_name: 'B' });
    const answer = await call('POST', '/api/profile-import', { body: again });
    expect([answer.status, answer.body.data.attributes.first_name]).toEqual([200, 'B']);
  });

  test('an import whose identifiers belong to two profiles answers 409', async () => {
    const klaviyo = await startTestKlaviyo();
    const id = await create(klaviyo, { email: 'a@example.com' });
    await create(klaviyo, { phone_number: '+12025550123' });
    const body = profileBody({ email: 'a@example.com', phone_number: '+12025550123' });
    const answer = await klaviyo.call('POST', '/api/profile-import', { body });
    expect(problemOf(answer)).toMatchObject({ status: 409, meta: { duplicate_profile_id: id } });
  });

  test('an import that knows the phone number alone takes the profile over', async () => {
    const klaviyo = await startTestKlaviyo();
    const id = await create(klaviyo, { email: 'a@example.com', phone_number: '+12025550123' });
    const body = profileBody({ email: 'b@example.com', phone_number: '+12025550123' });
    const answer = await klaviyo.call('POST', '/api/profile-import', { body });
    expect([answer.status, answer.body.data.id]).toEqual([200, id]);
    expect(answer.body.data.attributes.email).toBe('b@example.com');
    const created = await klaviyo.call('POST', '/api/profiles', { body });
    expect([created.status, problemOf(created).meta.duplicate_profile_id]).toEqual([409, id]);
  });

  test('the id of a merged profile keeps resolving', async () => {
    const klaviyo = await startTestKlaviyo();
    const from = await create(klaviyo, { email: 'a@example.com' });
    const into = await create(klaviyo, { phone_number: '+12025550123' });
    const account = klaviyo.simulator.account();
    const [list = ''] = account.seedLists([{ name: 'News' }]);
    const members = { data: [{ type: 'profile', id: from }] };
    await klaviyo.call('POST', `/api/lists/${list}/relationships/profiles`, { body: members });
    await klaviyo.call('POST', '/api/events', { body: eventBody({}, { email: 'a@example.com' }) });
    account.mergeProfiles(from, into);
    expect(account.members(list)).toEqual([into]);
    expect(account.events().map(({ profileId }) => profileId)).toEqual([into]);
    const { body } = await klaviyo.call('GET', `/api/profiles/${from}`);
    expect(body.data.id).toBe(into);
    expect(body.data.attributes).toMatchObject({ email: 'a@example.com' });
  });

  test('a deleted profile is gone, and its identifiers are free', async () => {
    const klaviyo = await startTestKlaviyo();
    const id = await create(klaviyo, { email: 'a@example.com' });
    const account = klaviyo.simulator.account();
    await klaviyo.call('POST', '/api/events', { body: eventBody({}, { email: 'a@example.com' }) });
    account.deleteProfile(id);
    expect(account.events()).toEqual([]);
    expect((await klaviyo.call('GET', `/api/profiles/${id}`)).status).toBe(404);
    expect(await create(klaviyo, { email: 'a@example.com' })).not.toBe(id);
  });
});

describe('refusing profiles', () => {
  const refused = async (attributes: object, path = '/api/profiles') => {
    const { call } = await startTestKlaviyo();
    const answer = await call('POST', path, { body: profileBody(attributes) });
    return [answer.status, problemOf(answer).source, problemOf(answer).detail];
  };

  test('an undeclared field is named in the recorded form', async () => {
    expect(await refused({ email: 'a@example.com', nick_name: 'A' })).toEqual([
      400,
      { pointer: '/data/attributes/nick_name' },
      "'nick_name' is not a valid field for the resource 'profile'.",
    ]);
  });

  test('a missing member is named', async () => {
    const { call } = await startTestKlaviyo();
    const answer = await call('POST', '/api/profiles', { body: { data: { type: 'profile' } } });
    expect(problemOf(answer)).toMatchObject({
      detail: "'attributes' is a required field for the resource 'profile'.",
      source: { pointer: '/data/attributes' },
    });
  });

  test('a bad e-mail address answers 400 at its place', async () => {
    expect(await refused({ email: 'a@example' })).toEqual([
      400,
      { pointer: '/data/attributes/email' },
      'Invalid email address',
    ]);
  });

  test('a phone number alone must be E.164', async () => {
    const [status, source] = await refused({ phone_number: '202 555 0123' });
    expect([status, source]).toEqual([400, { pointer: '/data/attributes/phone_number' }]);
  });

  test('a bad phone number beside an e-mail address is left out, and a header says so', async () => {
    const { call } = await startTestKlaviyo();
    const body = profileBody({ email: 'a@example.com', phone_number: '0123' });
    const answer = await call('POST', '/api/profiles', { body });
    expect([answer.status, answer.body.data.attributes.phone_number]).toEqual([201, null]);
    expect(answer.headers.get('x-klaviyo-partial-failure')).toBe('phone_number');
  });

  test.each([
    ['POST', '/api/profiles'],
    ['POST', '/api/profile-import'],
    ['PATCH', ''],
  ])('a number that no country has is left out of %s %s, and a header says so', async (...to) => {
    const klaviyo = await startTestKlaviyo();
    const [method, path] = to;
    const id = method === 'PATCH' ? await create(klaviyo, { email: 'a@example.com' }) : undefined;
    const attributes = { email: 'a@example.com', phone_number: '+15555555555' };
    const answer = await klaviyo.call(method, path || `/api/profiles/${id}`, {
      body: profileBody(attributes, id === undefined ? {} : { id }),
    });
    expect(answer.status).toBe(method === 'PATCH' ? 200 : 201);
    expect(answer.body.data.attributes.phone_number).toBeNull();
    expect(answer.headers.get('x-klaviyo-partial-failure')).toBe('phone_number');
  });

  test('a number that no country has is refused where it is all there is', async () => {
    expect((await refused({ phone_number: '+15555555555' }))[0]).toBe(400);
  });

  test('what is no E.164 number is refused by an import, whatever is beside it', async () => {
    const attributes = { email: 'a@example.com', phone_number: '0123' };
    expect((await refused(attributes, '/api/profile-import'))[0]).toBe(400);
  });

  test('blanks around text are not kept', async () => {
    const klaviyo = await startTestKlaviyo();
    const id = await create(klaviyo, { email: ' A@example.com ', first_name: ' Ana ' });
    const { body } = await klaviyo.call('GET', `/api/profiles/${id}`);
    expect(body.data.attributes).toMatchObject({ email: 'a@example.com', first_name: 'Ana' });
  });

  test('a profile needs an identifier', async () => {
    expect((await refused({ first_name: 'A' }))[0]).toBe(400);
  });

  test('a profile over 100 KB is refused', async () => {
    const properties = { text: 'x'.repeat(100_000) };
    expect((await refused({ email: 'a@example.com', properties }))[0]).toBe(400);
  });

  test('what is no JSON is refused', async () => {
    const { call } = await startTestKlaviyo();
    expect((await call('POST', '/api/profiles', { body: '{"data":' })).status).toBe(400);
  });
});
