import { expect, test } from 'vitest';
import { listsMessage } from '../../../shared/jobs/contract/messages.ts';
import { parseJob, toDelivery } from '../../../shared/jobs/job.ts';
import { KlaviyoRateLimitError } from '../../../shared/klaviyo/index.ts';
import { createRefusingPermits } from '../../support/free-permits.ts';
import { sqsRecord } from '../../support/sqs-event.ts';
import { startListsWorld } from './lists-consumer.ts';

const delivered = { kind: 'delivered' };
const news = { id: 'NEWS01' };
const ann = { email: 'ann@example.com' };
const minuteMs = 60_000;
const subscriptions = 'POST /api/profile-subscription-bulk-create-jobs';

const newsletter = { id: 'NEWS01', name: 'Newsletter' };
const profileId = (letter: string) => `01${letter.repeat(24)}`;

test('people are subscribed in one call, and those whom Klaviyo does not know get a profile', async () => {
  await using world = await startListsWorld({
    account: { lists: [newsletter], profiles: [{ attributes: ann }] },
  });
  const outcomes = await world.run(
    { type: 'list.subscribe', list: news, person: ann },
    { type: 'list.subscribe', list: news, person: { email: 'new@example.com' } },
  );
  expect(outcomes).toEqual([delivered, delivered]);
  const subscribed = { email: 'SUBSCRIBED', sms: 'NEVER_SUBSCRIBED' };
  expect(
    world.account.profiles().map(({ email, lists, consent }) => [email, lists, consent]),
  ).toEqual([
    ['ann@example.com', ['Newsletter'], subscribed],
    ['new@example.com', ['Newsletter'], subscribed],
  ]);
  expect(world.klaviyo.countCalls({ endpoint: subscriptions })).toBe(1);
});

test('a person is added by profile id, by link of customer, address or number, or by looking up', async () => {
  await using world = await startListsWorld({
    account: {
      lists: [newsletter],
      profiles: [
        { id: profileId('A'), attributes: { email: 'a@example.com' } },
        { id: profileId('B'), attributes: { email: 'b@example.com' } },
        { id: profileId('C'), attributes: { email: 'c@example.com' } },
        { id: profileId('D'), attributes: { phone_number: '+31201234567' } },
        { id: profileId('E'), attributes: { email: 'e@example.com' } },
        { id: profileId('F'), attributes: { phone_number: '+31207654321' } },
      ],
    },
  });
  world.links.customer('c2', profileId('B'));
  world.links.email('c@example.com', profileId('C'));
  world.links.phone('+31201234567', profileId('D'));
  const people = [
    { profileId: profileId('A') },
    { customerId: 'c2' },
    { email: 'C@example.com' },
    { phoneNumber: '+31201234567' },
    { email: 'E@example.com' },
    { customerId: 'c6', phoneNumber: '+31207654321' },
  ];
  const outcomes = await world.run(
    ...people.map((person) => ({ type: 'list.add', list: news, person })),
  );
  expect(outcomes).toEqual(people.map(() => delivered));
  expect(world.account.members('NEWS01')).toHaveLength(6);
  expect(world.klaviyo.countCalls({ endpoint: 'GET /api/profiles' })).toBe(2);
  expect(world.klaviyo.countCalls()).toBe(3);
});

test('an address with a plus sign goes into the filter encoded, and finds its person', async () => {
  const plus = { email: 'e+tag@example.com' };
  await using world = await startListsWorld({
    account: { lists: [newsletter], profiles: [{ attributes: plus }] },
  });
  expect(await world.run({ type: 'list.add', list: news, person: plus })).toEqual([delivered]);
  expect(world.account.members('NEWS01')).toHaveLength(1);
});

test('one person under several names is told of once', async () => {
  await using world = await startListsWorld({
    account: { lists: [newsletter], profiles: [{ id: profileId('A'), attributes: ann }] },
  });
  world.links.customer('c1', profileId('A'));
  const people = [
    { profileId: profileId('A') },
    { customerId: 'c1' },
    { email: 'ANN@example.com' },
  ];
  for (const type of ['list.add', 'list.subscribe']) {
    const outcomes = await world.run(...people.map((person) => ({ type, list: news, person })));
    expect(outcomes).toEqual([delivered, delivered, delivered]);
  }
  expect(world.account.profiles()).toHaveLength(1);
  expect(world.account.members('NEWS01')).toEqual([profileId('A')]);
});

test('a person who is not known yet is waited for, longer and longer, and then given up', async () => {
  await using world = await startListsWorld({ account: { lists: [newsletter] } });
  const job = world.jobOf({ type: 'list.add', list: news, person: { customerId: 'c1', ...ann } });
  const waits: number[] = [];
  for (let rounds = 0; rounds < 50; rounds += 1) {
    const [outcome] = await world.runJobs([job]);
    if (outcome?.kind !== 'later') {
      expect(outcome).toEqual({ kind: 'refused', reason: 'unknown_person', pointer: '/person' });
      break;
    }
    expect(outcome.reason).toBe('awaiting_profile');
    waits.push(outcome.waitMs);
    world.advance(outcome.waitMs);
  }
  expect(waits[0]).toBe(10_000);
  const growing = waits.slice(0, -1);
  expect(growing).toEqual(growing.toSorted((a, b) => a - b));
  expect(world.now() - job.firstSentAtMs).toBe(15 * minuteMs);
});

test('what a job has waited for its connection is no wait for its person', async () => {
  await using world = await startListsWorld({ account: { lists: [newsletter] } });
  const held = { firstSentAtMs: world.now() - 60 * minuteMs, triedFromMs: world.now() };
  const job = world.jobOf({ type: 'list.add', list: news, person: ann }, held);
  expect(await world.runJobs([job])).toMatchObject([{ reason: 'awaiting_profile' }]);
});

test('a person who appears in the meantime is added', async () => {
  await using world = await startListsWorld({ account: { lists: [newsletter] } });
  const job = world.jobOf({ type: 'list.add', list: news, person: ann });
  await world.runJobs([job]);
  world.account.seedProfiles([{ attributes: ann }]);
  expect(await world.runJobs([job])).toEqual([delivered]);
});

test('a customer without addresses is subscribed at those that the profile has', async () => {
  await using world = await startListsWorld({
    account: {
      lists: [newsletter],
      profiles: [
        { id: profileId('A'), attributes: { ...ann, phone_number: '+31201234567' } },
        { id: profileId('B'), attributes: { email: 'bob@example.com' } },
      ],
    },
  });
  world.links.customer('c1', profileId('A'));
  const outcomes = await world.run(
    { type: 'list.subscribe', list: news, person: { customerId: 'c1' } },
    { type: 'list.subscribe', list: news, person: { profileId: profileId('B') } },
  );
  expect(outcomes).toEqual([delivered, delivered]);
  expect(world.account.profiles().map(({ consent }) => consent)).toEqual([
    { email: 'SUBSCRIBED', sms: 'SUBSCRIBED' },
    { email: 'SUBSCRIBED', sms: 'NEVER_SUBSCRIBED' },
  ]);
  expect(world.klaviyo.countCalls({ endpoint: 'GET /api/profiles' })).toBe(1);
});

test('e-mail and SMS go in requests of their own, and both make one profile', async () => {
  await using world = await startListsWorld({ account: { lists: [newsletter] } });
  const person = { ...ann, phoneNumber: '+31201234567' };
  expect(await world.run({ type: 'list.subscribe', list: news, person })).toEqual([delivered]);
  expect(world.klaviyo.countCalls({ endpoint: subscriptions })).toBe(2);
  expect(world.account.profiles().map(({ consent }) => consent)).toEqual([
    { email: 'SUBSCRIBED', sms: 'SUBSCRIBED' },
  ]);
});

test('of two channels the one whose address is known goes at once', async () => {
  await using world = await startListsWorld({ account: { lists: [newsletter] } });
  const job = world.jobOf({
    type: 'list.subscribe',
    list: news,
    person: ann,
    channels: ['email', 'sms'],
  });
  const waiting = { kind: 'later', waitMs: 10_000, reason: 'awaiting_profile' };
  expect(await world.runJobs([job])).toEqual([waiting]);
  expect(world.account.profiles()[0]?.consent.email).toBe('SUBSCRIBED');
  world.account.changeProfile(world.account.profiles()[0]?.id ?? '', {
    phone_number: '+31201234567',
  });
  expect(await world.runJobs([job])).toEqual([delivered]);
  expect(world.account.profiles()[0]?.consent.sms).toBe('SUBSCRIBED');
  expect(world.klaviyo.countCalls({ endpoint: subscriptions })).toBe(2);
});

test('an account-wide subscription waits for the profile, as Klaviyo would drop it without one', async () => {
  await using world = await startListsWorld();
  const job = world.jobOf({ type: 'list.subscribe', person: ann });
  expect(await world.runJobs([job])).toMatchObject([{ reason: 'awaiting_profile' }]);
  world.account.seedProfiles([{ attributes: ann }]);
  expect(await world.runJobs([job])).toEqual([delivered]);
  expect(world.account.profiles()[0]?.consent.email).toBe('SUBSCRIBED');
});

test.each(['2023-10-15', '2025-01-15', '2026-07-15'])(
  'at revision %s a historical import carries the time of the consent',
  async (revision) => {
    await using world = await startListsWorld({
      account: { lists: [{ ...newsletter, optIn: 'double_opt_in' }] },
      settings: { revision },
    });
    const consentedAt = '2020-01-01T00:00:00Z';
    const outcomes = await world.run(
      { type: 'list.subscribe', list: news, person: ann, historicalImport: true, consentedAt },
      { type: 'list.subscribe', list: news, person: { email: 'b@example.com' } },
      {
        type: 'list.subscribe',
        list: news,
        person: { email: 'c@example.com' },
        historicalImport: true,
      },
    );
    expect(outcomes).toEqual([delivered, delivered, delivered]);
    // The list asks for a confirmation of everyone but those who are imported.
    expect(world.account.members('NEWS01')).toHaveLength(2);
  },
);

test('a consent that is said to be given in the future is refused by itself', async () => {
  await using world = await startListsWorld({ account: { lists: [newsletter] } });
  const historical = { type: 'list.subscribe', list: news, historicalImport: true };
  const outcomes = await world.run(
    { ...historical, person: ann, consentedAt: '2030-01-01T00:00:00Z' },
    { ...historical, person: { email: 'b@example.com' }, consentedAt: '2020-01-01T00:00:00Z' },
  );
  expect(outcomes).toMatchObject([
    { kind: 'refused', reason: 'invalid_message', pointer: '/consentedAt' },
    delivered,
  ]);
});

test('a rate limit puts back the jobs of its request alone, for exactly its wait', async () => {
  await using world = await startListsWorld({
    account: { lists: [newsletter], profiles: [{ id: profileId('A'), attributes: ann }] },
  });
  const permits = createRefusingPermits(({ endpoint }) =>
    endpoint.startsWith('POST /api/lists')
      ? new KlaviyoRateLimitError(endpoint, 12_345)
      : undefined,
  );
  const jobs = [
    world.jobOf({ type: 'list.add', list: news, person: { profileId: profileId('A') } }),
    world.jobOf({ type: 'list.subscribe', list: news, person: { email: 'b@example.com' } }),
  ];
  expect(await world.startInstance({ permits })(jobs)).toEqual([
    { kind: 'later', waitMs: 12_345, reason: 'rate_limit', fromMs: expect.any(Number) },
    delivered,
  ]);
  // Nothing was sent, so nothing holds the job up when its turn has come.
  expect(await world.runJobs(jobs.slice(0, 1))).toEqual([delivered]);
});

test('jobs that have waited before take their permit as those', async () => {
  await using world = await startListsWorld({ account: { lists: [newsletter] } });
  await world.run({ type: 'list.subscribe', list: news, person: ann });
  const job = world.jobOf(
    { type: 'list.subscribe', list: news, person: { email: 'b@example.com' } },
    { receiveCount: 2 },
  );
  await world.runJobs([job]);
  const asked = world.taken.map(({ endpoint, returning }) => [endpoint, returning]);
  expect(asked).toEqual([
    ['GET /api/profiles', false],
    [subscriptions, false],
    ['GET /api/profiles', true],
    [subscriptions, true],
  ]);
});

test('what could not be remembered is not done: the job comes back', async () => {
  await using world = await startListsWorld({ account: { lists: [newsletter] } });
  const error = Object.assign(new Error('slow down'), { name: 'ThrottlingException' });
  world.memory.failSaving(error);
  expect(await world.run({ type: 'list.subscribe', list: news, person: ann })).toMatchObject([
    { kind: 'retry', errorCode: 'ThrottlingException' },
  ]);
});

test('while another instance has the person, the job waits a little', async () => {
  await using world = await startListsWorld({ account: { lists: [newsletter] } });
  await world.startInstance({ dies: true })([
    world.jobOf({ type: 'list.subscribe', list: news, person: ann }),
  ]);
  expect(await world.run({ type: 'list.unsubscribe', list: news, person: ann })).toEqual([
    { kind: 'later', waitMs: 5_000, reason: 'leased' },
  ]);
});

test('who subscribed as a stranger and is linked since is not taken off by an older removal', async () => {
  await using world = await startListsWorld({ account: { lists: [newsletter] } });
  const at = (minutes: number) => new Date(world.now() - minutes * minuteMs).toISOString();
  await world.run({ type: 'list.subscribe', list: news, person: ann, occurredAt: at(1) });
  const [profile] = world.account.profiles();
  world.links.email(ann.email, profile?.id ?? '');
  world.advance(minuteMs);
  expect(
    await world.run({ type: 'list.remove', list: news, person: ann, occurredAt: at(10) }),
  ).toEqual([{ kind: 'superseded', by: 'newer' }]);
  expect(world.account.members('NEWS01')).toEqual([profile?.id]);
});

test.each([300, 3_600_000])(
  'the statements of a clock that is %d ms ahead keep their order, in a batch and across batches',
  async (aheadMs) => {
    const people = ['ann@example.com', 'bob@example.com'].map((email) => ({ email }));
    await using world = await startListsWorld({
      account: { lists: [newsletter], profiles: people.map((attributes) => ({ attributes })) },
    });
    const sentAtMs = world.now();
    const said = (type: string, person: object, ms: number) =>
      world.jobOf(
        {
          type,
          list: news,
          person,
          occurredAt: new Date(sentAtMs + aheadMs + ms).toISOString(),
        },
        { firstSentAtMs: sentAtMs },
      );
    const pairs = [
      ['list.remove', 'list.add', people[0]],
      ['list.unsubscribe', 'list.subscribe', people[1]],
    ] as const;
    const older = pairs.map(([off, , person]) => said(off, person ?? {}, 0));
    const newer = pairs.map(([, on, person]) => said(on, person ?? {}, 5));
    const superseded = { kind: 'superseded', by: 'newer' };
    const done = { kind: 'delivered' };
    expect(await world.runJobs([...newer, ...older])).toEqual([done, done, superseded, superseded]);
    world.advance(10 * minuteMs);
    expect(await world.runJobs(older)).toEqual([superseded, superseded]);
    expect(world.account.members('NEWS01')).toHaveLength(2);
  },
);

test('the membership of a clock that is ahead is repeated after a consent that came late', async () => {
  await using world = await startListsWorld({
    account: { lists: [newsletter], profiles: [{ attributes: ann }] },
  });
  const sentAtMs = world.now();
  const said = (type: string, ms: number) =>
    world.jobOf(
      { type, list: news, person: ann, occurredAt: new Date(sentAtMs + ms).toISOString() },
      { firstSentAtMs: sentAtMs },
    );
  await world.runJobs([said('list.remove', 3_600_000)]);
  await world.runJobs([said('list.subscribe', 3_500_000)]);
  expect(world.account.members('NEWS01')).toHaveLength(1);
  const [{ body = '', attributes = {} } = {}] = world.published;
  world.advance(2 * minuteMs);
  const record = sqsRecord({ body, attributes, sentAtMs: world.now() });
  const job = parseJob(toDelivery(record), listsMessage);
  if ('kind' in job) throw new Error('the repeated job is none');
  expect(await world.runJobs([job])).toEqual([{ kind: 'delivered' }]);
  expect(world.account.members('NEWS01')).toEqual([]);
});
