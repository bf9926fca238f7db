import { describe, expect, test } from 'vitest';
import { startListsWorld } from './lists-consumer.ts';

const minuteMs = 60_000;
const news = { id: 'NEWS01' };
const annId = `01${'A'.repeat(24)}`;
const bobId = `01${'B'.repeat(24)}`;
const ann = { email: 'ann@example.com' };
const bob = { email: 'bob@example.com' };
const number = { phoneNumber: '+31201234567' };

/** Ann has no number in Klaviyo yet, or another's. She opted out of texts ten minutes ago. */
const startAnn = async ({ isBobs = false } = {}) => {
  const world = await startListsWorld({
    account: {
      lists: [{ id: 'NEWS01', name: 'Newsletter' }],
      profiles: [
        { id: annId, attributes: ann },
        { id: bobId, attributes: { ...bob, ...(isBobs && { phone_number: number.phoneNumber }) } },
      ],
    },
  });
  world.account.optOut(annId, { channel: 'sms', atMs: world.now() - 10 * minuteMs });
  const consentOf = (id: string) => world.account.profile(id)?.consent;
  const job = (minutes: number) => ({
    type: 'list.subscribe',
    list: news,
    person: { ...ann, ...number },
    occurredAt: new Date(world.now() - minutes * minuteMs).toISOString(),
  });
  return { world, consentOf, job, [Symbol.asyncDispose]: () => world[Symbol.asyncDispose]() };
};

describe('a consent to SMS for a number that no profile has', () => {
  test.each([
    ['alone', { channels: ['sms'] }, 'NEVER_SUBSCRIBED'],
    ['with one to e-mail', {}, 'SUBSCRIBED'],
  ])('%s gives way to a newer opt-out of who has its e-mail address', async (_, which, email) => {
    await using set = await startAnn();
    const { world, consentOf, job } = set;
    await world.run({ ...job(20), ...which });
    world.account.processPending();
    expect(consentOf(annId)).toEqual({ email, sms: 'UNSUBSCRIBED' });
    expect(world.told).toEqual(['ConsentsOverruled']);
  });

  test('gives way where a link leads to who has its e-mail address', async () => {
    await using set = await startAnn();
    const { world, consentOf, job } = set;
    world.links.email(ann.email, annId);
    await world.run(job(20));
    world.account.processPending();
    expect(consentOf(annId)).toEqual({ email: 'SUBSCRIBED', sms: 'UNSUBSCRIBED' });
  });

  test('gives way to a newer opt-out of whom a link alone leads to', async () => {
    await using set = await startAnn();
    const { world, job } = set;
    world.links.customer('ann', annId);
    const late = { ...job(20), person: { customerId: 'ann', ...number } };
    expect(await world.run(late)).toEqual([{ kind: 'superseded', by: 'newer_in_klaviyo' }]);
    world.account.processPending();
    expect(world.account.profiles()).toHaveLength(2);
  });

  test('goes with its e-mail address where a link is behind the times', async () => {
    await using set = await startAnn();
    const { world, consentOf, job } = set;
    world.links.phone(number.phoneNumber, bobId);
    await world.run(job(20));
    world.account.processPending();
    expect(consentOf(annId)).toEqual({ email: 'SUBSCRIBED', sms: 'UNSUBSCRIBED' });
    expect(world.account.profiles()).toHaveLength(2);
  });

  test('follows an older opt-out', async () => {
    await using set = await startAnn();
    const { world, consentOf, job } = set;
    expect(await world.run(job(5))).toEqual([{ kind: 'delivered' }]);
    world.account.processPending();
    expect(consentOf(annId)).toEqual({ email: 'SUBSCRIBED', sms: 'SUBSCRIBED' });
  });

  test('waits for as long as nobody can be asked whose the e-mail address is', async () => {
    await using set = await startAnn();
    const { world, job } = set;
    const sms = { ...job(5), channels: ['sms'] };
    world.klaviyo.setFaults([
      {
        kind: 'status',
        status: 503,
        match: { endpoint: 'GET /api/profiles' },
        skip: 1,
      },
    ]);
    expect(await world.run(sms)).toMatchObject([{ kind: 'retry' }]);
    world.klaviyo.setFaults([]);
    expect(await world.run(sms)).toEqual([{ kind: 'delivered' }]);
  });
});

test('a consent to SMS is never given to another profile than that of the number', async () => {
  await using set = await startAnn({ isBobs: true });
  const { world, consentOf, job } = set;
  expect(await world.run({ ...job(20), channels: ['sms'] })).toEqual([{ kind: 'delivered' }]);
  world.account.processPending();
  expect(consentOf(annId)).toEqual({ email: 'NEVER_SUBSCRIBED', sms: 'UNSUBSCRIBED' });
  expect(consentOf(bobId)).toEqual({ email: 'NEVER_SUBSCRIBED', sms: 'SUBSCRIBED' });
});

describe('an opt-out of texts with a number that no profile has', () => {
  const startSubscribed = async () => {
    const set = await startAnn();
    await set.world.run({ ...set.job(5), channels: ['sms'] });
    set.world.advance(61_000);
    const optOut = { ...set.job(1), type: 'list.unsubscribe', channels: ['sms'] };
    return { ...set, optOut };
  };

  test.each([
    ['of everything', { list: undefined }],
    ['of a list', {}],
  ])('%s waits until they have it whom its e-mail address leads to', async (_, which) => {
    await using set = await startSubscribed();
    const { world, consentOf, optOut } = set;
    const { list, ...wide } = { ...optOut, ...which };
    const job = list === undefined ? wide : { ...wide, list };
    expect(consentOf(annId)?.sms).toBe('SUBSCRIBED');
    expect(await world.run(job)).toMatchObject([{ kind: 'later', reason: 'awaiting_profile' }]);
    world.account.changeProfile(annId, { phone_number: number.phoneNumber });
    expect(await world.run(job)).toEqual([{ kind: 'delivered' }]);
    world.account.processPending();
    expect(consentOf(annId)?.sms).toBe('UNSUBSCRIBED');
  });

  test('waits for nobody who has another number by now', async () => {
    await using set = await startSubscribed();
    const { world, consentOf, optOut } = set;
    world.account.changeProfile(annId, { phone_number: '+31207654321' });
    expect(await world.run({ ...optOut, scope: 'everywhere' })).toEqual([{ kind: 'delivered' }]);
    expect(consentOf(annId)?.sms).toBe('SUBSCRIBED');
  });
});
