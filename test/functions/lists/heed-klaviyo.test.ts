import { describe, expect, test } from 'vitest';
import { startListsWorld } from './lists-consumer.ts';

const delivered = { kind: 'delivered' };
const newerInKlaviyo = { kind: 'superseded', by: 'newer_in_klaviyo' };
const minuteMs = 60_000;
const news = { id: 'NEWS01' };
const sale = { id: 'SALE01' };
const annId = `01${'A'.repeat(24)}`;
const ann = { email: 'ann@example.com' };
const number = { phoneNumber: '+31201234567' };
const lookUps = 'GET /api/profiles';
const subscriptions = 'POST /api/profile-subscription-bulk-create-jobs';

const startAnn = async () => {
  const world = await startListsWorld({
    account: {
      lists: [
        { id: 'NEWS01', name: 'Newsletter' },
        { id: 'SALE01', name: 'Sale' },
      ],
      profiles: [{ id: annId, attributes: { ...ann, phone_number: number.phoneNumber } }],
    },
    delays: { subscriptionMs: 40_000 },
  });
  const ago = (minutes: number) => world.now() - minutes * minuteMs;
  const at = (minutes: number) => new Date(ago(minutes)).toISOString();
  return { world, ago, at, [Symbol.asyncDispose]: () => world[Symbol.asyncDispose]() };
};

describe('a subscription', () => {
  test.each([
    ['an opt-out', 'email', (account, atMs) => account.optOut(annId, { atMs })],
    [
      'an opt-out by text',
      'sms',
      (account, atMs) => account.optOut(annId, { channel: 'sms', atMs }),
    ],
    [
      'an opt-out of the list',
      'email',
      (account, atMs) => account.optOut(annId, { listId: 'NEWS01', atMs }),
    ],
    ['a suppression', 'email', (account, atMs) => account.suppress(annId, { atMs })],
    [
      'a complaint',
      'email',
      (account, atMs) => account.suppress(annId, { reason: 'SPAM_COMPLAINT', atMs }),
    ],
  ] as [
    string,
    string,
    (account: Awaited<ReturnType<typeof startAnn>>['world']['account'], atMs: number) => void,
  ][])(
    'gives way to %s that is newer, which is told, and follows one that is older',
    async (_, channel, say) => {
      await using set = await startAnn();
      const { world, ago, at } = set;
      say(world.account, ago(10));
      const person = { ...ann, ...number };
      const job = { type: 'list.subscribe', list: news, person, channels: [channel] };
      expect(await world.run({ ...job, occurredAt: at(20) })).toEqual([newerInKlaviyo]);
      expect(world.klaviyo.countCalls({ endpoint: subscriptions })).toBe(0);
      expect(world.told).toEqual(['ConsentsOverruled']);
      expect(world.log.join()).toMatch(/overruled by a newer one in Klaviyo/);
      expect(world.log.join()).not.toMatch(/@|31201234567/);
      expect(await world.run({ ...job, occurredAt: at(5) })).toEqual([delivered]);
    },
  );

  test.each(['HARD_BOUNCE', 'INVALID_EMAIL'] as const)(
    'is sent whatever %s says: it was not said by the person',
    async (reason) => {
      await using set = await startAnn();
      const { world, ago, at } = set;
      world.account.suppress(annId, { reason, atMs: ago(1) });
      const job = { type: 'list.subscribe', list: news, person: ann, occurredAt: at(20) };
      expect(await world.run(job)).toEqual([delivered]);
    },
  );

  test('is sent in spite of an opt-out of another list, or by another channel', async () => {
    await using set = await startAnn();
    const { world, ago, at } = set;
    world.account.optOut(annId, { listId: 'SALE01', atMs: ago(1) });
    world.account.optOut(annId, { channel: 'sms', atMs: ago(1) });
    const job = { type: 'list.subscribe', list: news, person: ann, occurredAt: at(20) };
    expect(await world.run(job)).toEqual([delivered]);
  });

  test('follows an older opt-out of our own that Klaviyo got round to only later', async () => {
    await using set = await startAnn();
    const { world, at } = set;
    const optOut = { type: 'list.unsubscribe', person: ann, occurredAt: at(20) };
    expect(await world.run(optOut)).toEqual([delivered]);
    const optIn = { type: 'list.subscribe', list: news, person: ann, occurredAt: at(10) };
    world.advance(61_000);
    expect(world.account.profile(annId)?.consent.email).toBe('UNSUBSCRIBED');
    expect(await world.run(optIn)).toEqual([delivered]);
    world.account.processPending();
    expect(world.account.profile(annId)?.consent.email).toBe('SUBSCRIBED');
  });

  test('by an imported history is as old as the consent that it tells of', async () => {
    await using set = await startAnn();
    const { world, ago, at } = set;
    world.account.optOut(annId, { atMs: ago(10) });
    const job = { type: 'list.subscribe', list: news, person: ann, historicalImport: true };
    expect(await world.run({ ...job, consentedAt: at(20) })).toEqual([newerInKlaviyo]);
    expect(await world.run({ ...job, consentedAt: at(5) })).toEqual([delivered]);
  });

  test('waits for as long as Klaviyo cannot be asked', async () => {
    await using set = await startAnn();
    const { world } = set;
    world.klaviyo.setFaults([{ kind: 'status', status: 503, match: { endpoint: lookUps } }]);
    const job = { type: 'list.subscribe', list: news, person: ann };
    expect(await world.run(job)).toMatchObject([{ kind: 'retry' }]);
    expect(world.klaviyo.countCalls({ endpoint: subscriptions })).toBe(0);
    world.klaviyo.setFaults([]);
    expect(await world.run(job)).toEqual([delivered]);
  });

  test.each([
    ['shows a consent in a form that we do not know', { email: { marketing: { consent: 7 } } }],
    ['shows no subscriptions', undefined],
  ])('is given up where Klaviyo %s', async (_, given) => {
    await using set = await startAnn();
    const { world } = set;
    const attributes = { email: ann.email, ...(given && { subscriptions: given }) };
    const data = [{ type: 'profile', id: annId, attributes }];
    world.klaviyo.setFaults([
      { kind: 'status', status: 200, body: { data }, match: { endpoint: lookUps } },
    ]);
    expect(await world.run({ type: 'list.subscribe', list: news, person: ann })).toMatchObject([
      { kind: 'refused', reason: 'answer_not_understood' },
    ]);
    expect(world.klaviyo.countCalls({ endpoint: subscriptions })).toBe(0);
  });

  test.each([
    ['an unsubscription', { consent: 'UNSUBSCRIBED', last_updated: null }],
    [
      'a suppression',
      { consent: 'SUBSCRIBED', suppression: [{ reason: 'UNSUBSCRIBE', timestamp: null }] },
    ],
  ])('gives way to %s without a time', async (_, marketing) => {
    await using set = await startAnn();
    const { world } = set;
    const attributes = { email: ann.email, subscriptions: { email: { marketing } } };
    const data = [{ type: 'profile', id: annId, attributes }];
    world.klaviyo.setFaults([
      { kind: 'status', status: 200, body: { data }, match: { endpoint: lookUps } },
    ]);
    const job = { type: 'list.subscribe', list: news, person: ann };
    expect(await world.run(job)).toEqual([newerInKlaviyo]);
  });

  test('of the whole account waits for a profile where the linked one is gone', async () => {
    await using set = await startAnn();
    const { world } = set;
    world.links.email(ann.email, annId);
    world.account.deleteProfile(annId);
    expect(await world.run({ type: 'list.subscribe', person: ann })).toMatchObject([
      { kind: 'later', reason: 'awaiting_profile' },
    ]);
  });

  test('of 100 people by number and address costs one question', async () => {
    const people = Array.from({ length: 100 }, (_, index) => ({
      email: `p${index}@example.com`,
      phoneNumber: `+31201${String(index).padStart(6, '0')}`,
    }));
    await using world = await startListsWorld({
      account: {
        profiles: people.map(({ email, phoneNumber }) => ({
          attributes: { email, phone_number: phoneNumber },
        })),
      },
    });
    const outcomes = await world.run(
      ...people.map((person) => ({ type: 'list.subscribe', person })),
    );
    expect(new Set(outcomes)).toEqual(new Set([delivered]));
    expect(world.klaviyo.countCalls({ endpoint: lookUps })).toBe(1);
  });
});

describe('an unsubscription', () => {
  test.each([
    ['from everything', {}],
    ['from a list', { list: news }],
  ])(
    '%s gives way to a consent that was given in Klaviyo since, and follows an older one',
    async (_, which) => {
      await using set = await startAnn();
      const { world, ago, at } = set;
      world.account.optIn(annId, { atMs: ago(10) });
      const job = { type: 'list.unsubscribe', person: ann, ...which };
      expect(await world.run({ ...job, occurredAt: at(20) })).toEqual([newerInKlaviyo]);
      expect(world.told).toEqual(['ConsentsOverruled']);
      expect(world.account.profile(annId)?.consent.email).toBe('SUBSCRIBED');
      expect(await world.run({ ...job, occurredAt: at(5) })).not.toEqual([newerInKlaviyo]);
    },
  );

  test('does not give way to a subscription of our own that Klaviyo got round to only later', async () => {
    await using set = await startAnn();
    const { world, at } = set;
    await world.run({ type: 'list.subscribe', list: news, person: ann, occurredAt: at(20) });
    world.advance(61_000);
    await world.run({ type: 'list.unsubscribe', list: news, person: ann, occurredAt: at(15) });
    world.advance(61_000);
    const everything = { type: 'list.unsubscribe', person: ann, occurredAt: at(10) };
    expect(await world.run(everything)).toEqual([delivered]);
    world.account.processPending();
    expect(world.account.profile(annId)?.consent.email).toBe('UNSUBSCRIBED');
  });

  test('without a list is one from everything, on the channels that the person carries', async () => {
    await using set = await startAnn();
    const { world } = set;
    const person = { ...ann, ...number };
    await world.run({ type: 'list.subscribe', list: news, person });
    world.advance(61_000);
    expect(await world.run({ type: 'list.unsubscribe', person })).toEqual([delivered]);
    world.account.processPending();
    expect(world.account.profile(annId)?.consent).toEqual({
      email: 'UNSUBSCRIBED',
      sms: 'UNSUBSCRIBED',
    });
  });

  test('from everything takes nothing from who has subscribed to any list since', async () => {
    await using set = await startAnn();
    const { world, at } = set;
    await world.run({ type: 'list.subscribe', list: sale, person: ann, occurredAt: at(5) });
    const late = { type: 'list.unsubscribe', person: ann, occurredAt: at(10) };
    expect(await world.run(late)).toEqual([{ kind: 'superseded', by: 'newer' }]);
    world.account.processPending();
    expect(world.account.profile(annId)?.consent.email).toBe('SUBSCRIBED');
  });
});

describe('a date of birth', () => {
  test('goes with the consent to SMS, which an age-gated account asks it for', async () => {
    await using set = await startAnn();
    const { world } = set;
    world.account.configure({ smsMinimumAgeYears: 18 });
    const job = { type: 'list.subscribe', list: news, person: { ...ann, ...number } };
    expect(await world.run(job)).toMatchObject([{ kind: 'refused' }]);
    world.advance(61_000);
    expect(await world.run({ ...job, dateOfBirth: '1990-12-31' })).toEqual([delivered]);
    world.account.processPending();
    expect(world.account.profile(annId)?.consent.sms).toBe('SUBSCRIBED');
  });
});

test.each([
  ['2024-02-15', { told: ['DatesOfBirthLeftOut'], consent: 'NEVER_SUBSCRIBED' }],
  ['2024-05-15', { told: [], consent: 'SUBSCRIBED' }],
])('at revision %s a date of birth is sent or told to be left out', async (revision, expected) => {
  await using world = await startListsWorld({
    account: {
      lists: [{ id: 'NEWS01', name: 'Newsletter' }],
      profiles: [{ id: annId, attributes: { phone_number: number.phoneNumber } }],
    },
    settings: { revision },
    startsAtMs: Date.parse('2025-06-01T12:00:00Z'),
  });
  world.account.configure({ smsMinimumAgeYears: 18 });
  const job = { type: 'list.subscribe', list: news, person: number, dateOfBirth: '1990-12-31' };
  await world.run(job);
  expect(world.told).toEqual(expected.told);
  expect(world.account.profile(annId)?.consent.sms).toBe(expected.consent);
});

describe('a link to a profile that is gone', () => {
  test('is forgotten, and the person found by their address', async () => {
    await using set = await startAnn();
    const { world } = set;
    world.links.customer('ann', annId);
    world.links.email(ann.email, annId);
    world.account.deleteProfile(annId);
    const [newId = ''] = world.account.seedProfiles([{ attributes: ann }]);
    // It has waited in the queue for longer than anybody is waited for.
    const job = world.jobOf(
      { type: 'list.add', list: news, person: { customerId: 'ann', ...ann } },
      { firstSentAtMs: world.now() - 3_600_000, triedFromMs: world.now() - 3_600_000 },
    );
    expect(await world.runJobs([job])).toMatchObject([
      { kind: 'later', reason: 'awaiting_profile' },
    ]);
    expect(await world.runJobs([job])).toEqual([delivered]);
    expect(world.account.members('NEWS01')).toEqual([newId]);
  });

  test('costs nobody else of the request anything, and an id of the job’s own is given up', async () => {
    await using set = await startAnn();
    const { world } = set;
    world.account.seedProfiles([{ attributes: { email: 'bob@example.com' } }]);
    world.links.customer('ann', annId);
    world.account.deleteProfile(annId);
    const add = { type: 'list.add', list: news };
    expect(
      await world.run(
        { ...add, person: { customerId: 'ann' } },
        { ...add, person: { email: 'bob@example.com' } },
        { ...add, person: { profileId: `01${'B'.repeat(24)}` } },
      ),
    ).toMatchObject([
      { kind: 'later', reason: 'awaiting_profile' },
      delivered,
      { kind: 'refused', reason: 'unknown_person' },
    ]);
    expect(world.account.members('NEWS01')).toHaveLength(1);
    world.account.seedProfiles([{ id: annId, attributes: ann }]);
    world.links.customer('ann', annId);
    expect(await world.run({ ...add, person: { customerId: 'ann' } })).toEqual([delivered]);
  });

  test('leads nobody astray who is looked up by it', async () => {
    await using set = await startAnn();
    const { world } = set;
    world.links.customer('ann', annId);
    world.account.deleteProfile(annId);
    world.account.seedProfiles([{ attributes: { ...ann, phone_number: number.phoneNumber } }]);
    const person = { customerId: 'ann', ...ann };
    const job = { type: 'list.subscribe', list: news, person, channels: ['sms'] };
    expect(await world.run(job)).toEqual([delivered]);
  });
});
