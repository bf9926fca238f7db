import { describe, expect, test } from 'vitest';
import {
  newest,
  problemOf,
  startTestKlaviyo,
  subscribeBody,
  testAccount,
  testKey,
  unsubscribeBody,
} from './simulated-klaviyo.ts';

const create = '/api/profile-subscription-bulk-create-jobs';
const remove = '/api/profile-subscription-bulk-delete-jobs';
const someone = 'a@example.com';

const withList = async (options: Parameters<typeof startTestKlaviyo>[0] = {}) => {
  const klaviyo = await startTestKlaviyo(options);
  const account = klaviyo.simulator.account();
  const [single = '', double = ''] = account.seedLists([
    { name: 'News' },
    { name: 'Careful', optIn: 'double_opt_in' },
  ]);
  const [id = ''] = account.seedProfiles([{ attributes: { email: someone } }]);
  const consent = () => account.profile(id)?.consent.email;
  return { ...klaviyo, account, single, double, id, consent };
};

describe('subscribing', () => {
  test('answers 202 with no body at once, and takes effect a while later', async () => {
    const { call, clock, consent, single, account, id } = await withList({
      delays: { subscriptionMs: 30_000 },
    });
    const answer = await call('POST', create, { body: subscribeBody([someone], single) });
    expect([answer.status, answer.text]).toEqual([202, '']);
    expect(consent()).toBe('NEVER_SUBSCRIBED');
    clock.nowMs += 30_000;
    expect([consent(), account.members(single)]).toEqual(['SUBSCRIBED', [id]]);
  });

  test('a stranger gets a profile with a list, and none without', async () => {
    const { call, account, single } = await withList();
    await call('POST', create, { body: subscribeBody(['new@example.com']) });
    expect(account.profiles()).toHaveLength(1);
    await call('POST', create, { body: subscribeBody(['new@example.com'], single) });
    expect(account.profiles().map(({ email }) => email)).toContain('new@example.com');
  });

  test('a list with double opt-in waits for the confirmation', async () => {
    const { call, account, double, id, consent } = await withList();
    await call('POST', create, { body: subscribeBody([someone], double) });
    expect([consent(), account.members(double)]).toEqual(['NEVER_SUBSCRIBED', []]);
    expect(account.confirmOptIn(id)).toBe(true);
    expect([consent(), account.members(double)]).toEqual(['SUBSCRIBED', [id]]);
    expect(account.confirmOptIn(id)).toBe(false);
  });

  test('a historical import needs a time of consent and no confirmation', async () => {
    const { call, double, consent } = await withList();
    const imported = (consented_at?: string) => {
      const marketing = { consent: 'SUBSCRIBED', ...(consented_at && { consented_at }) };
      const row = { subscriptions: { email: { marketing } } };
      const attributes = { historical_import: true };
      return { body: subscribeBody([someone], double, { attributes, row }) };
    };
    expect((await call('POST', create, imported())).status).toBe(400);
    expect((await call('POST', create, imported('2027-01-01T00:00:00Z'))).status).toBe(400);
    expect((await call('POST', create, imported('2020-01-01T00:00:00Z'))).status).toBe(202);
    expect(consent()).toBe('SUBSCRIBED');
  });

  test('a time of consent without a historical import is refused', async () => {
    const { call, single } = await withList();
    const marketing = { consent: 'SUBSCRIBED', consented_at: '2020-01-01T00:00:00Z' };
    const row = { subscriptions: { email: { marketing } } };
    const answer = await call('POST', create, { body: subscribeBody([someone], single, { row }) });
    expect(answer.status).toBe(400);
  });

  test('takes 1,000 people from 2024-07-15 on, and 100 before', async () => {
    const { call, single, clock } = await withList();
    const people = (count: number) =>
      Array.from({ length: count }, (_, index) => `p${index}@example.com`);
    const body = (count: number) => subscribeBody(people(count), single);
    expect((await call('POST', create, { body: body(1000) })).status).toBe(202);
    expect((await call('POST', create, { body: body(1001) })).status).toBe(400);
    clock.nowMs = Date.parse('2025-01-01T00:00:00Z');
    const revision = '2024-06-15';
    expect((await call('POST', create, { revision, body: body(100) })).status).toBe(202);
    expect((await call('POST', create, { revision, body: body(101) })).status).toBe(400);
  });

  test('takes no attributes of the profile', async () => {
    const { call, single } = await withList();
    const body = subscribeBody([someone], single, { row: { first_name: 'A' } });
    const answer = await call('POST', create, { body });
    expect(problemOf(answer)).toMatchObject({
      detail: "'first_name' is not a valid field for the resource 'profile'.",
      source: { pointer: '/data/attributes/profiles/data/0/attributes/first_name' },
    });
  });

  test('a row with a bad address is named by its place', async () => {
    const { call, single } = await withList();
    const answer = await call('POST', create, { body: subscribeBody([someone, 'bad'], single) });
    const pointer = '/data/attributes/profiles/data/1/attributes/email';
    expect([answer.status, problemOf(answer).source]).toEqual([400, { pointer }]);
  });

  test('one number without a sending number fails the whole request', async () => {
    const { call, account, single } = await withList({
      accounts: [{ id: testAccount, privateKeys: [{ key: testKey }], smsCallingCodes: ['+1'] }],
    });
    const sms = { sms: { marketing: { consent: 'SUBSCRIBED' } } };
    const body = (phone_number: string) =>
      subscribeBody([someone], single, { row: { phone_number, subscriptions: sms } });
    expect((await call('POST', create, { body: body('+4915112345678') })).status).toBe(400);
    expect((await call('POST', create, { body: body('+12025550123') })).status).toBe(202);
    expect(account.profiles()[0]?.consent).toEqual({
      email: 'NEVER_SUBSCRIBED',
      sms: 'SUBSCRIBED',
    });
  });
});

describe('an age-gated account', () => {
  const sms = (phone_number: string, dateOfBirth?: string) => ({
    phone_number,
    subscriptions: { sms: { marketing: { consent: 'SUBSCRIBED' } } },
    ...(dateOfBirth && { age_gated_date_of_birth: dateOfBirth }),
  });
  const ageGated = () =>
    withList({
      accounts: [{ id: testAccount, privateKeys: [{ key: testKey }], smsMinimumAgeYears: 18 }],
    });

  test('takes SMS consent with a date of birth only', async () => {
    const { call, single } = await ageGated();
    const pointer = '/data/attributes/profiles/data/0/attributes/age_gated_date_of_birth';
    for (const dateOfBirth of [undefined, '23.11.1990']) {
      const row = sms('+12025550123', dateOfBirth);
      const answer = await call('POST', create, {
        body: subscribeBody([someone], single, { row }),
      });
      expect([answer.status, problemOf(answer).source]).toEqual([400, { pointer }]);
    }
    const email = await call('POST', create, { body: subscribeBody([someone], single) });
    expect(email.status).toBe(202);
  });

  test('gives it to those who are old enough, and to nobody else', async () => {
    const { call, single, account, id } = await ageGated();
    const consentAt = async (dateOfBirth: string) => {
      const row = sms('+12025550123', dateOfBirth);
      const answer = await call('POST', create, {
        body: subscribeBody([someone], single, { row }),
      });
      expect(answer.status).toBe(202);
      return account.profile(id)?.consent.sms;
    };
    expect(await consentAt('2008-11-24')).toBe('NEVER_SUBSCRIBED');
    expect(await consentAt('2008-11-23')).toBe('SUBSCRIBED');
  });
});

describe('words spoken in Klaviyo itself', () => {
  test('opt people out and in, at their time', async () => {
    const { call, account, id, single, consent } = await withList();
    const shown = async () => {
      const path = `/api/profiles/${id}?additional-fields[profile]=subscriptions`;
      const { attributes } = (await call('GET', path)).body.data;
      return Object(attributes.subscriptions).email.marketing;
    };
    await call('POST', create, { body: subscribeBody([someone], single) });
    const atMs = Date.parse('2026-11-20T08:00:00Z');
    account.optOut(id, { atMs });
    const timestamp = '2026-11-20T08:00:00.000000+00:00';
    expect(await shown()).toMatchObject({
      consent: 'UNSUBSCRIBED',
      can_receive_email_marketing: false,
      last_updated: timestamp,
      suppression: [{ reason: 'UNSUBSCRIBE', timestamp }],
    });
    account.optIn(id);
    expect([consent(), (await shown()).suppression]).toEqual(['SUBSCRIBED', []]);
    account.suppress(id, { reason: 'SPAM_COMPLAINT', atMs });
    expect(await shown()).toMatchObject({
      consent: 'SUBSCRIBED',
      can_receive_email_marketing: false,
      suppression: [{ reason: 'SPAM_COMPLAINT', timestamp }],
    });
    account.unsuppress(id, 'SPAM_COMPLAINT');
    account.optOut(id, { listId: single, atMs });
    expect(await shown()).toMatchObject({
      consent: 'SUBSCRIBED',
      list_suppressions: [{ list_id: single, reason: 'UNSUBSCRIBE', timestamp }],
    });
    expect(account.members(single)).toEqual([]);
  });

  test('make a profile new to the poll', async () => {
    const { clock, account, id } = await withList();
    clock.nowMs += 60_000;
    account.optOut(id, { channel: 'sms', atMs: clock.nowMs - 3_600_000 });
    expect(account.profile(id)).toMatchObject({
      updatedAtMs: clock.nowMs,
      consents: { sms: { state: 'UNSUBSCRIBED', changedAtMs: clock.nowMs - 3_600_000 } },
    });
  });
});

describe('unsubscribing', () => {
  const subscribed = async () => {
    const klaviyo = await withList();
    await klaviyo.call('POST', create, { body: subscribeBody([someone], klaviyo.single) });
    return klaviyo;
  };

  test('from a list that the person is on leaves all other consent', async () => {
    const { call, single, consent, account } = await subscribed();
    const answer = await call('POST', remove, { body: unsubscribeBody([someone], single) });
    expect([answer.status, answer.text]).toEqual([202, '']);
    expect([consent(), account.members(single)]).toEqual(['SUBSCRIBED', []]);
  });

  test('from a list that the person is not on unsubscribes everywhere', async () => {
    const { call, double, consent } = await subscribed();
    await call('POST', remove, { body: unsubscribeBody([someone], double) });
    expect(consent()).toBe('UNSUBSCRIBED');
  });

  test('is shown as a suppression, which subscribing lifts', async () => {
    const { call, id, single } = await subscribed();
    await call('POST', remove, { body: unsubscribeBody([someone]) });
    const path = `/api/profiles/${id}?additional-fields[profile]=subscriptions`;
    const suppression = [{ reason: 'UNSUBSCRIBE', timestamp: '2026-11-23T12:00:00.000000+00:00' }];
    const marketing = (consent: string, rest: object) => ({
      subscriptions: { email: { marketing: { consent, ...rest } } },
    });
    expect((await call('GET', path)).body.data.attributes).toMatchObject(
      marketing('UNSUBSCRIBED', { can_receive_email_marketing: false, suppression }),
    );
    await call('POST', create, { body: subscribeBody([someone], single) });
    expect((await call('GET', path)).body.data.attributes).toMatchObject(
      marketing('SUBSCRIBED', { can_receive_email_marketing: true, suppression: [] }),
    );
  });

  test('takes 100 people in every revision', async () => {
    const { call } = await withList();
    const people = Array.from({ length: 101 }, (_, index) => `p${index}@example.com`);
    const body = (count: number) => unsubscribeBody(people.slice(0, count));
    expect((await call('POST', remove, { body: body(100) })).status).toBe(202);
    expect((await call('POST', remove, { body: body(101) })).status).toBe(400);
  });

  test('needs subscriptions from 2025-01-15 on, and knows none up to 2024-07-15', async () => {
    const { call, clock } = await withList();
    clock.nowMs = Date.parse('2025-02-01T00:00:00Z');
    const withChannels = unsubscribeBody([someone]);
    const without = structuredClone(withChannels);
    for (const { attributes } of without.data.attributes.profiles.data) {
      Reflect.deleteProperty(attributes, 'subscriptions');
    }
    const statuses: Record<string, number[]> = {};
    for (const revision of ['2024-07-15', '2024-10-15', '2025-01-15']) {
      const answers = [withChannels, without].map((body) =>
        call('POST', remove, { revision, body }),
      );
      statuses[revision] = (await Promise.all(answers)).map(({ status }) => status);
    }
    expect(statuses).toEqual({
      '2024-07-15': [400, 202],
      '2024-10-15': [202, 202],
      '2025-01-15': [202, 400],
    });
  });

  test('takes no profile ids', async () => {
    const { call, id } = await withList();
    const body = unsubscribeBody([someone]);
    for (const row of body.data.attributes.profiles.data) Object.assign(row, { id });
    expect((await call('POST', remove, { body, revision: newest })).status).toBe(400);
  });

  test('later requests win, as they are worked off in order', async () => {
    const { call, clock, consent, single } = await withList({ delays: { subscriptionMs: 1000 } });
    await call('POST', create, { body: subscribeBody([someone], single) });
    await call('POST', remove, { body: unsubscribeBody([someone]) });
    clock.nowMs += 1000;
    expect(consent()).toBe('UNSUBSCRIBED');
  });
});
