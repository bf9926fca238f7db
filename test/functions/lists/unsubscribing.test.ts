import { expect, test } from 'vitest';
import { OutOfTimeError } from '../../../shared/jobs/outcome.ts';
import { KlaviyoRateLimitError } from '../../../shared/klaviyo/index.ts';
import { createRefusingPermits } from '../../support/free-permits.ts';
import { startListsWorld } from './lists-consumer.ts';

const delivered = { kind: 'delivered' };
const newer = { kind: 'superseded', by: 'newer' };
const withoutEffect = { kind: 'superseded', by: 'without_effect' };
const notMember = { kind: 'superseded', by: 'not_member' };
const repeated = { kind: 'superseded', by: 'same_content' };
const news = { id: 'NEWS01' };
const sale = { id: 'SALE01' };
const ann = { email: 'ann@example.com' };
const number = { phoneNumber: '+31201234567' };
const annId = `01${'A'.repeat(24)}`;
const unsubscriptions = 'POST /api/profile-subscription-bulk-delete-jobs';
const subscriptions = 'POST /api/profile-subscription-bulk-create-jobs';
const lookUps = 'GET /api/profiles';
const membersOf = 'GET /api/lists/{id}/profiles';
const longAgoMs = Date.parse('2026-01-01T12:00:00Z');
const at = (time: string) => `2026-11-20T${time}:00Z`;

/** Ann, with a number, subscribed and on the newsletter; Bob, subscribed and on no list. */
const startAnn = (options: { readonly subscriptionMs?: number } = {}) =>
  startListsWorld({
    account: {
      lists: [
        { id: 'NEWS01', name: 'Newsletter' },
        { id: 'SALE01', name: 'Sale' },
      ],
      profiles: [
        {
          id: annId,
          attributes: { ...ann, phone_number: number.phoneNumber },
          lists: ['NEWS01'],
          subscribed: ['email', 'sms'],
          updatedAtMs: longAgoMs,
        },
        {
          attributes: { email: 'bob@example.com' },
          subscribed: ['email'],
          updatedAtMs: longAgoMs,
        },
      ],
    },
    delays: { subscriptionMs: options.subscriptionMs ?? 0 },
  });

const consentOf = (world: Awaited<ReturnType<typeof startAnn>>, email = ann.email) =>
  world.account.profiles().find((profile) => profile.email === email)?.consent;

test('unsubscribing somebody from a list that they are not on does not unsubscribe them everywhere', async () => {
  await using world = await startAnn();
  const outcomes = await world.run(
    { type: 'list.unsubscribe', list: news, person: { email: 'bob@example.com' } },
    { type: 'list.unsubscribe', list: news, person: { email: 'stranger@example.com' } },
  );
  expect(outcomes).toEqual([withoutEffect, notMember]);
  expect(world.told).toEqual(['OptOutsWithoutEffect']);
  expect(world.log.join()).toMatch(/opt-out from a list had no effect/);
  expect(world.log.join()).not.toMatch(/@|31201234567/);
  expect(consentOf(world, 'bob@example.com')?.email).toBe('SUBSCRIBED');
  expect(world.klaviyo.countCalls({ endpoint: membersOf })).toBe(1);
  expect(world.klaviyo.countCalls({ endpoint: unsubscriptions })).toBe(0);
});

test('a member is unsubscribed from the list, and keeps the consent for everything else', async () => {
  await using world = await startAnn();
  expect(await world.run({ type: 'list.unsubscribe', list: news, person: ann })).toEqual([
    delivered,
  ]);
  expect(world.account.members('NEWS01')).toEqual([]);
  expect(consentOf(world)?.email).toBe('SUBSCRIBED');
});

test('with the scope `everywhere` no list is asked for its members, and who is on none is unsubscribed from all', async () => {
  await using world = await startAnn();
  const bob = { email: 'bob@example.com' };
  expect(
    await world.run({ type: 'list.unsubscribe', list: news, person: bob, scope: 'everywhere' }),
  ).toEqual([delivered]);
  expect(consentOf(world, bob.email)?.email).toBe('UNSUBSCRIBED');
  expect(world.klaviyo.countCalls({ endpoint: membersOf })).toBe(0);
});

test('with the scope `everywhere` a member leaves the list and is unsubscribed from all as well', async () => {
  await using world = await startAnn();
  expect(
    await world.run({ type: 'list.unsubscribe', list: news, person: ann, scope: 'everywhere' }),
  ).toEqual([delivered]);
  expect(consentOf(world)?.email).toBe('UNSUBSCRIBED');
  expect(world.account.members('NEWS01')).toEqual([]);
});

test('an unsubscription from everything of which one half failed comes back until both are done', async () => {
  await using world = await startAnn();
  world.klaviyo.setFaults([
    { kind: 'status', status: 503, match: { endpoint: unsubscriptions }, skip: 1, times: 1 },
  ]);
  const everything = { type: 'list.unsubscribe', list: news, person: ann, scope: 'everywhere' };
  const job = world.jobOf(everything);
  expect(await world.runJobs([job])).toMatchObject([{ kind: 'retry' }]);
  world.advance(60_000);
  expect(await world.runJobs([job])).toEqual([delivered]);
  expect(consentOf(world)?.email).toBe('UNSUBSCRIBED');
  expect(world.account.members('NEWS01')).toEqual([]);
});

test('two channels of one member go in one request, or the second would be of a stranger to the list', async () => {
  await using world = await startAnn();
  const outcomes = await world.run(
    { type: 'list.unsubscribe', list: news, person: ann },
    { type: 'list.unsubscribe', list: news, person: number },
  );
  expect(outcomes).toEqual([delivered, delivered]);
  expect(world.klaviyo.countCalls({ endpoint: unsubscriptions })).toBe(1);
  expect(consentOf(world)?.email).toBe('SUBSCRIBED');
});

test('100 people are unsubscribed in a call, checked in a call, and strangers found in a call', async () => {
  const people = Array.from({ length: 250 }, (_, index) => ({ email: `p${index}@example.com` }));
  await using world = await startListsWorld({
    account: {
      lists: [{ id: 'NEWS01', name: 'Newsletter' }],
      profiles: people.map((attributes) => ({ attributes, lists: ['NEWS01'] })),
    },
  });
  const outcomes = await world.run(
    ...people.map((person) => ({ type: 'list.unsubscribe', list: news, person })),
  );
  expect(new Set(outcomes)).toEqual(new Set([delivered]));
  expect(world.account.members('NEWS01')).toEqual([]);
  expect(world.klaviyo.countCalls({ endpoint: unsubscriptions })).toBe(3);
  expect(world.klaviyo.countCalls({ endpoint: membersOf })).toBe(3);
  expect(world.klaviyo.countCalls()).toBe(9);
});

test('of one batch the last statement counts: who unsubscribed last does not end up subscribed', async () => {
  await using world = await startAnn();
  const outcomes = await world.run(
    { type: 'list.unsubscribe', list: news, person: ann, occurredAt: at('12:00') },
    { type: 'list.subscribe', list: news, person: ann, occurredAt: at('11:00') },
  );
  expect(outcomes).toEqual([delivered, newer]);
  expect(world.account.members('NEWS01')).toEqual([]);
});

test('a subscription that arrives after a newer unsubscription is dropped, under any name of the person', async () => {
  await using world = await startAnn();
  world.links.customer('c1', annId);
  await world.run({ type: 'list.unsubscribe', list: news, person: ann, occurredAt: at('12:00') });
  for (const person of [
    ann,
    { email: 'ANN@example.com' },
    { customerId: 'c1' },
    { profileId: annId },
  ])
    expect(
      await world.run({
        type: 'list.subscribe',
        list: news,
        person,
        channels: ['email'],
        occurredAt: at('11:00'),
      }),
    ).toEqual([newer]);
  expect(world.account.members('NEWS01')).toEqual([]);
});

test('a subscription that is still on its way at Klaviyo is not overtaken by its unsubscription', async () => {
  await using world = await startAnn({ subscriptionMs: 50_000 });
  await world.run({ type: 'list.subscribe', list: sale, person: ann, occurredAt: at('11:00') });
  world.advance(10_000);
  const job = world.jobOf({
    type: 'list.unsubscribe',
    list: sale,
    person: ann,
    occurredAt: at('12:00'),
  });
  expect(await world.runJobs([job])).toEqual([
    { kind: 'later', waitMs: 50_000, reason: 'pending' },
  ]);
  world.advance(50_000);
  expect(await world.runJobs([job])).toEqual([delivered]);
  world.account.processPending();
  expect(world.account.members('SALE01')).toEqual([]);
  expect(consentOf(world)?.email).toBe('SUBSCRIBED');
});

test('a message that comes twice does not undo what the person did in Klaviyo meanwhile', async () => {
  await using world = await startAnn();
  const job = world.jobOf({ type: 'list.subscribe', list: sale, person: ann, channels: ['email'] });
  expect(await world.runJobs([job])).toEqual([delivered]);
  world.advance(3_600_000);
  expect(await world.runJobs([job])).toEqual([repeated]);
  expect(world.klaviyo.countCalls({ endpoint: subscriptions })).toBe(1);
});

test('an unsubscription from everything overrides older subscriptions to any list', async () => {
  await using world = await startAnn();
  const bob = { email: 'bob@example.com' };
  const everywhere = { type: 'list.unsubscribe', list: news, person: bob, scope: 'everywhere' };
  await world.run({ ...everywhere, occurredAt: at('12:00') });
  const outcomes = await world.run(
    { type: 'list.subscribe', list: sale, person: bob, occurredAt: at('11:00') },
    { type: 'list.subscribe', person: bob, occurredAt: at('11:30') },
  );
  expect(outcomes).toEqual([newer, newer]);
  expect(consentOf(world, bob.email)?.email).toBe('UNSUBSCRIBED');
});

test('an unsubscription from everything takes nothing from who has subscribed since', async () => {
  await using world = await startAnn();
  const bob = { email: 'bob@example.com' };
  await world.run({ type: 'list.subscribe', list: sale, person: bob, occurredAt: at('12:00') });
  const everywhere = { type: 'list.unsubscribe', list: news, person: bob, scope: 'everywhere' };
  expect(await world.run({ ...everywhere, occurredAt: at('11:00') })).toEqual([notMember]);
  expect(consentOf(world, bob.email)?.email).toBe('SUBSCRIBED');
});

test('a number has one consent: unsubscribed from one list, it is not subscribed by an older statement', async () => {
  await using world = await startAnn();
  await world.run({
    type: 'list.unsubscribe',
    list: news,
    person: number,
    occurredAt: at('12:00'),
  });
  expect(consentOf(world)?.sms).toBe('UNSUBSCRIBED');
  expect(
    await world.run({
      type: 'list.subscribe',
      list: sale,
      person: number,
      occurredAt: at('11:00'),
    }),
  ).toEqual([newer]);
});

test('of who is on no list an unsubscription from it takes no older subscription to another', async () => {
  await using world = await startAnn();
  const leave = { type: 'list.unsubscribe', list: sale, person: number, occurredAt: at('12:00') };
  expect(await world.run(leave)).toEqual([withoutEffect]);
  const join = { type: 'list.subscribe', list: news, person: number, occurredAt: at('11:00') };
  expect(await world.run(join)).toEqual([delivered]);
});

test('a number that was subscribed since keeps its consent, and leaves the list all the same', async () => {
  await using world = await startAnn();
  await world.run({ type: 'list.subscribe', list: sale, person: number, occurredAt: at('12:00') });
  world.advance(60_000);
  expect(
    await world.run({
      type: 'list.unsubscribe',
      list: news,
      person: number,
      occurredAt: at('11:00'),
    }),
  ).toEqual([delivered]);
  expect(consentOf(world)?.sms).toBe('SUBSCRIBED');
  expect(world.account.members('NEWS01')).toEqual([]);
});

test('an unsubscription whose answer was lost is not sent again to who is off the list by now', async () => {
  await using world = await startAnn();
  world.klaviyo.setFaults([
    { kind: 'reset', when: 'after', match: { endpoint: unsubscriptions }, times: 1 },
  ]);
  const job = world.jobOf({ type: 'list.unsubscribe', list: news, person: ann });
  expect(await world.runJobs([job])).toMatchObject([{ kind: 'retry' }]);
  world.advance(10_000);
  expect(await world.runJobs([job])).toMatchObject([{ kind: 'later', reason: 'pending' }]);
  world.advance(60_000);
  expect(await world.runJobs([job])).toEqual([notMember]);
  expect(consentOf(world)?.email).toBe('SUBSCRIBED');
});

test('a number whose unsubscription was carried out unanswered is not subscribed by an older statement', async () => {
  await using world = await startAnn();
  world.klaviyo.setFaults([
    { kind: 'reset', when: 'after', match: { endpoint: unsubscriptions }, times: 1 },
  ]);
  const job = world.jobOf({
    type: 'list.unsubscribe',
    list: news,
    person: number,
    occurredAt: at('12:00'),
  });
  expect(await world.runJobs([job])).toMatchObject([{ kind: 'retry' }]);
  world.advance(60_000);
  expect(await world.runJobs([job])).toEqual([notMember]);
  expect(
    await world.run({
      type: 'list.subscribe',
      list: sale,
      person: number,
      occurredAt: at('11:00'),
    }),
  ).toEqual([newer]);
  expect(consentOf(world)?.sms).toBe('UNSUBSCRIBED');
});

test('a consent that comes late is given, and the newer change of the list is then repeated', async () => {
  await using world = await startAnn();
  world.links.email(ann.email, annId);
  const person = { customerId: 'c1', ...ann };
  await world.run({ type: 'list.remove', list: news, person, occurredAt: at('12:00') });
  const late = { type: 'list.subscribe', list: news, person: ann, occurredAt: at('11:00') };
  expect(await world.run(late)).toEqual([delivered]);
  const [repeat] = world.published;
  expect(repeat).toMatchObject({ groupId: 'acme', delaySeconds: 60 });
  expect(world.account.members('NEWS01')).toEqual([annId]);
  world.advance(60_000);
  expect(await world.run(JSON.parse(repeat?.body ?? ''))).toEqual([delivered]);
  expect(world.account.members('NEWS01')).toEqual([]);
  expect(consentOf(world)?.email).toBe('SUBSCRIBED');
});

test('of several newer changes of the list the last is repeated', async () => {
  await using world = await startAnn();
  world.links.email(ann.email, annId);
  const remove = { type: 'list.remove', list: news };
  await world.run({ ...remove, person: ann, occurredAt: at('12:00') });
  await world.run({ ...remove, person: { profileId: annId }, occurredAt: at('13:00') });
  await world.run({ type: 'list.subscribe', list: news, person: ann, occurredAt: at('11:00') });
  world.advance(60_000);
  expect(await world.run(JSON.parse(world.published[0]?.body ?? ''))).toEqual([delivered]);
  expect(world.account.members('NEWS01')).toEqual([]);
});

test('without the repetition made sure of, the late consent waits', async () => {
  await using world = await startAnn();
  await world.run({ type: 'list.remove', list: news, person: ann, occurredAt: at('12:00') });
  world.failPublishing();
  const late = { type: 'list.subscribe', list: news, person: ann, occurredAt: at('11:00') };
  expect(await world.run(late)).toMatchObject([{ kind: 'retry', errorCode: 'PassingError' }]);
  expect(world.account.members('NEWS01')).toEqual([]);
});

test('a number and an address of one stranger do not leave a list one after the other', async () => {
  await using world = await startAnn({ subscriptionMs: 40_000 });
  await world.run({ type: 'list.unsubscribe', list: news, person: number });
  const byEmail = { type: 'list.unsubscribe', list: news, person: ann };
  expect(await world.run(byEmail)).toEqual([
    expect.objectContaining({ kind: 'later', reason: 'pending' }),
  ]);
  world.advance(61_000);
  expect(await world.run(byEmail)).toEqual([withoutEffect]);
  expect(consentOf(world)?.email).toBe('SUBSCRIBED');
});

test('nobody is unsubscribed while it cannot be asked who it is', async () => {
  await using world = await startAnn();
  const lookUps = { endpoint: 'GET /api/profiles' };
  world.klaviyo.setFaults([{ kind: 'status', status: 503, match: lookUps }]);
  const byEmail = { type: 'list.unsubscribe', list: news, person: ann };
  expect(await world.run(byEmail)).toMatchObject([{ kind: 'retry' }]);
  expect(world.klaviyo.countCalls({ endpoint: unsubscriptions })).toBe(0);
  world.klaviyo.setFaults([]);
  expect(await world.run(byEmail)).toEqual([delivered]);
});

test.each([
  ['whose repetition got no permit in time', new KlaviyoRateLimitError(subscriptions, 30_000)],
  ['whose repetition was cut off by the end of the invocation', new OutOfTimeError('over')],
])('a subscription that may have been carried out, %s, is still waited for', async (_, error) => {
  await using world = await startAnn({ subscriptionMs: 40_000 });
  const turns = [undefined, error].values();
  const permits = createRefusingPermits(({ endpoint }) =>
    endpoint === subscriptions ? turns.next().value : undefined,
  );
  world.klaviyo.setFaults([
    { kind: 'status', status: 503, when: 'after', match: { endpoint: subscriptions }, times: 1 },
  ]);
  const older = { type: 'list.subscribe', list: news, person: ann, occurredAt: at('11:00') };
  const [outcome] = await world.startInstance({ permits })([world.jobOf(older)]);
  expect(['later', 'retry']).toContain(outcome?.kind);
  const newest = { type: 'list.unsubscribe', list: news, person: ann, occurredAt: at('12:00') };
  expect(await world.run(newest)).toMatchObject([{ kind: 'later', reason: 'pending' }]);
});

test('a subscription that had no turn is not waited for', async () => {
  await using world = await startAnn();
  const permits = createRefusingPermits(
    ({ endpoint }) => new KlaviyoRateLimitError(endpoint, 30_000),
  );
  const older = { type: 'list.subscribe', list: news, person: ann, occurredAt: at('11:00') };
  expect(await world.startInstance({ permits })([world.jobOf(older)])).toMatchObject([
    { kind: 'later', reason: 'rate_limit' },
  ]);
  const newest = { type: 'list.unsubscribe', list: news, person: ann, occurredAt: at('12:00') };
  expect(await world.run(newest)).toEqual([delivered]);
});

test('nobody leaves the list by one channel while the other could not be asked for', async () => {
  await using world = await startAnn();
  world.links.customer('c1', annId);
  world.klaviyo.setFaults([{ kind: 'status', status: 503, match: { endpoint: lookUps } }]);
  const person = { customerId: 'c1', ...ann };
  const job = world.jobOf({
    type: 'list.unsubscribe',
    list: news,
    person,
    channels: ['email', 'sms'],
  });
  expect(await world.runJobs([job])).toMatchObject([{ kind: 'retry' }]);
  expect(world.account.members('NEWS01')).toEqual([annId]);
  world.klaviyo.setFaults([]);
  expect(await world.runJobs([job])).toEqual([delivered]);
  expect(consentOf(world)?.sms).toBe('UNSUBSCRIBED');
});

test('after a failed check for members nothing is pending', async () => {
  await using world = await startAnn();
  world.klaviyo.setFaults([{ kind: 'status', status: 503, match: { endpoint: membersOf } }]);
  const byEmail = { type: 'list.unsubscribe', list: news, person: ann };
  expect(await world.run(byEmail)).toMatchObject([{ kind: 'retry' }]);
  world.klaviyo.setFaults([]);
  expect(await world.run(byEmail)).toEqual([delivered]);
});

test('taken back from one list and from everything at one instant, it is taken back from everything', async () => {
  await using world = await startAnn();
  const from = { type: 'list.unsubscribe', list: sale, person: ann, occurredAt: at('12:00') };
  await world.run(from);
  expect(await world.run({ ...from, scope: 'everywhere' })).not.toEqual([repeated]);
  world.advance(61_000);
  await world.run({ ...from, scope: 'everywhere' });
  expect(consentOf(world)?.email).toBe('UNSUBSCRIBED');
});
