import { describe, expect, test } from 'vitest';
import { customersMessage } from '../../../../shared/jobs/contract/messages.ts';
import { type CustomersStage, dayMs, withLinksTable } from '../customers-stage.ts';

const { start } = withLinksTable();

const delivered = { kind: 'delivered' };
const phone = '+447700900301';

const seed = ({ account }: CustomersStage, attributes: Record<string, unknown>): string =>
  account.seedProfiles([{ attributes }])[0] ?? '';

const withheldOf = async ({ linkOf }: CustomersStage, customerId: string) =>
  (await linkOf(customerId))?.withheld?.map(({ identifier, reason }) => [identifier, reason]) ?? [];

/** The default creates and updates as the newest does: there is one way for all. */
describe.each(['2023-10-15', '2026-07-15'])('whose profile it is, at revision %s', (revision) => {
  test('nobody’s: the customer gets a new one', async () => {
    await using stage = await start({ revision });
    const { run, job, profileOf } = stage;
    expect(
      await run(job({ email: 'zoë@example.com', firstName: 'Zoë 🌻', properties: { points: 7 } })),
    ).toEqual([delivered]);
    expect(await profileOf('c1')).toMatchObject({
      email: 'zoë@example.com',
      external_id: 'c1',
      fields: { first_name: 'Zoë 🌻' },
      properties: { points: 7 },
    });
  });

  test('the linked one, whatever it is called by now', async () => {
    await using stage = await start({ revision });
    const { run, job, profileOf, account } = stage;
    await run(job({ email: 'ann@example.com' }));
    const { id = '' } = (await profileOf('c1')) ?? {};
    account.changeProfile(id, { email: 'other@example.com', external_id: 'changed' });
    stage.pass(60_000);
    await run(job({ firstName: 'Ann' }));
    expect(account.profiles()).toMatchObject([
      { id, email: 'other@example.com', external_id: 'changed', fields: { first_name: 'Ann' } },
    ]);
  });

  test('the one with the customer’s external id, though the address is another', async () => {
    await using stage = await start({ revision });
    const { run, job, profileOf } = stage;
    const id = seed(stage, { external_id: 'c1', email: 'old@example.com' });
    await run(job({ email: 'new@example.com' }));
    expect(await profileOf('c1')).toMatchObject({ id, email: 'new@example.com' });
  });

  test('the one with the e-mail address, however it is spelt', async () => {
    await using stage = await start({ revision });
    const { run, job, profileOf, account } = stage;
    const id = seed(stage, { email: 'ann@example.com', title: 'Dr' });
    await run(job({ email: 'Ann@Example.com', firstName: 'Ann' }));
    expect(await profileOf('c1')).toMatchObject({ id, external_id: 'c1', fields: { title: 'Dr' } });
    expect(account.profiles()).toHaveLength(1);
  });

  test('two customers with one e-mail address are one profile, and the external id stays', async () => {
    await using stage = await start({ revision });
    const { run, job, profileOf, account, told } = stage;
    await run(job({ customerId: 'guest', email: 'ann@example.com', firstName: 'A.' }));
    stage.pass(1_000);
    await run(job({ customerId: 'member', email: 'ann@example.com', firstName: 'Ann' }));
    expect(account.profiles()).toMatchObject([
      { external_id: 'guest', fields: { first_name: 'Ann' } },
    ]);
    expect((await profileOf('member'))?.id).toBe((await profileOf('guest'))?.id);
    expect(await withheldOf(stage, 'member')).toEqual([['external_id', 'taken']]);
    stage.pass(1_000);
    await run(job({ customerId: 'member', lastName: 'Lee' }));
    expect(told).toHaveLength(1);
    expect(account.profiles()).toMatchObject([{ external_id: 'guest' }]);
  });

  test('of the customers of one profile the newer statement counts for each field', async () => {
    await using stage = await start({ revision });
    const { run, job, account } = stage;
    const both = { email: 'ann@example.com' };
    await run(job({ ...both, customerId: 'a', firstName: 'New', title: 'Old' }, '12:00'));
    await run(job({ ...both, customerId: 'b', firstName: 'Old', lastName: 'Lee' }, '11:00'));
    await run(job({ ...both, customerId: 'b', title: 'New' }, '13:00'));
    expect(account.profiles()).toMatchObject([
      { fields: { first_name: 'New', last_name: 'Lee', title: 'New' } },
    ]);
  });

  test('what one of them repeats does not undo what another has changed', async () => {
    await using stage = await start({ revision });
    const { run, job, account } = stage;
    await run(job({ customerId: 'a', email: 'old@example.com' }, '10:00'));
    await run(job({ customerId: 'b', email: 'old@example.com' }, '11:00'));
    await run(job({ customerId: 'b', email: 'new@example.com' }, '12:00'));
    await run(job({ customerId: 'a', email: 'old@example.com', firstName: 'Ann' }, '13:00'));
    expect(account.profiles()).toMatchObject([
      { email: 'new@example.com', fields: { first_name: 'Ann' } },
    ]);
  });

  test('an external id that is nobody’s whom the connection knows stays as well', async () => {
    await using stage = await start({ revision });
    const { run, job, account } = stage;
    const id = seed(stage, { email: 'ann@example.com', external_id: 'other-shop' });
    await run(job({ email: 'ann@example.com' }), job({ customerId: 'c2' }));
    await run(job({ firstName: 'Ann' }));
    expect(account.profile(id)).toMatchObject({
      external_id: 'other-shop',
      fields: { first_name: 'Ann' },
    });
  });

  test('the one with the phone number, for who has no e-mail address', async () => {
    await using stage = await start({ revision });
    const { run, job, profileOf } = stage;
    const id = seed(stage, { phone_number: phone, email: 'ann@example.com' });
    await run(job({ phoneNumber: phone, firstName: 'Ann' }));
    expect(await profileOf('c1')).toMatchObject({ id, email: 'ann@example.com' });
  });

  test('the one with the phone number and nothing else', async () => {
    await using stage = await start({ revision });
    const { run, job, profileOf } = stage;
    const id = seed(stage, { phone_number: phone });
    await run(job({ phoneNumber: phone, email: 'ann@example.com' }));
    expect(await profileOf('c1')).toMatchObject({
      id,
      email: 'ann@example.com',
      external_id: 'c1',
    });
  });

  test.each([
    ['an e-mail address of its own', { email: 'bob@example.com' }, { email: 'ann@example.com' }],
    ['an external id of its own', { external_id: 'other' }, {}],
  ])('not the one with the phone number and %s', async (_, of, customer) => {
    await using stage = await start({ revision });
    const { run, job, profileOf, account, told } = stage;
    const id = seed(stage, { phone_number: phone, ...of });
    const before = account.profile(id);
    expect(await run(job({ ...customer, phoneNumber: phone, firstName: 'Ann' }))).toEqual([
      delivered,
    ]);
    const profile = await profileOf('c1');
    expect(profile).toMatchObject({ ...customer, fields: { first_name: 'Ann' } });
    expect(profile).not.toHaveProperty('phone_number');
    expect(account.profile(id)).toEqual(before);
    expect(told).toMatchObject([{ customerId: 'c1', identifier: 'phone_number', reason: 'taken' }]);
    expect(await withheldOf(stage, 'c1')).toEqual([['phone_number', 'taken']]);
  });

  test('not the one with the phone number that is another customer’s', async () => {
    await using stage = await start({ revision });
    const { run, job, profileOf } = stage;
    await run(job({ customerId: 'c1', externalId: null, phoneNumber: phone }));
    await run(
      job({ customerId: 'c2', externalId: null, phoneNumber: phone, email: 'b@example.com' }),
    );
    const [first, second] = [await profileOf('c1'), await profileOf('c2')];
    expect(first).toMatchObject({ phone_number: phone });
    expect(second).toMatchObject({ email: 'b@example.com' });
    expect(second?.id).not.toBe(first?.id);
    expect(await withheldOf(stage, 'c2')).toEqual([['phone_number', 'taken']]);
  });

  test('of several, the one by e-mail: the phone number of the other is withheld', async () => {
    await using stage = await start({ revision });
    const { run, job, profileOf, account } = stage;
    const byEmail = seed(stage, { email: 'ann@example.com' });
    const byPhone = seed(stage, { phone_number: phone });
    await run(job({ email: 'ann@example.com', phoneNumber: phone, firstName: 'Ann' }));
    expect(await profileOf('c1')).toMatchObject({ id: byEmail, fields: { first_name: 'Ann' } });
    expect(account.profile(byPhone)).toMatchObject({ phone_number: phone, fields: {} });
    expect(await withheldOf(stage, 'c1')).toEqual([['phone_number', 'taken']]);
  });

  test('of several, the one by external id: the address of the other is withheld', async () => {
    await using stage = await start({ revision });
    const { run, job, profileOf } = stage;
    seed(stage, { email: 'ann@example.com' });
    const own = seed(stage, { external_id: 'c1' });
    await run(job({ email: 'ann@example.com', firstName: 'Ann' }));
    expect(await profileOf('c1')).toMatchObject({ id: own, fields: { first_name: 'Ann' } });
    expect(await withheldOf(stage, 'c1')).toEqual([['email', 'taken']]);
  });

  test('a conflict that names nobody is cleared up by looking for the identifiers', async () => {
    await using stage = await start({ revision });
    const { run, job, profileOf, simulator } = stage;
    const id = seed(stage, { email: 'ann@example.com' });
    simulator.setFaults([
      {
        kind: 'status',
        status: 409,
        times: 1,
        match: { endpoint: 'POST /api/profiles' },
        body: { errors: [{ code: 'duplicate_profile' }] },
      },
    ]);
    await run(job({ email: 'ann@example.com' }));
    expect((await profileOf('c1'))?.id).toBe(id);
  });

  test('the one that the source names', async () => {
    await using stage = await start({ revision });
    const { run, job, profileOf, account } = stage;
    const id = seed(stage, { email: 'ann@example.com' });
    await run(job({ profileId: id, email: 'anna@example.com' }));
    expect(await profileOf('c1')).toMatchObject({ id, email: 'anna@example.com' });
    const other = seed(stage, { email: 'else@example.com' });
    stage.pass(1_000);
    await run(job({ profileId: other, firstName: 'Ann' }));
    expect(await profileOf('c1')).toMatchObject({ id: other, fields: { first_name: 'Ann' } });
    const profiles = await stage.memory.readProfiles(stage.memoryKey, [id, other]);
    expect([...profiles.keys()]).toEqual([other]);
    expect(account.profile(id)?.fields).toEqual({});
  });
});

describe('an identifier of a linked customer', () => {
  test('that another profile has is withheld, told, and written once it is free', async () => {
    await using stage = await start();
    const { run, job, profileOf, account } = stage;
    const bob = seed(stage, { phone_number: phone, email: 'bob@example.com' });
    await run(job({ email: 'ann@example.com' }));
    stage.pass(1_000);
    await run(job({ phoneNumber: phone, firstName: 'Ann' }));
    expect((await profileOf('c1'))?.fields.first_name).toBe('Ann');
    expect(await withheldOf(stage, 'c1')).toEqual([['phone_number', 'taken']]);
    const since = (await stage.linkOf('c1'))?.withheld?.[0]?.sinceMs;
    stage.pass(1_000);
    await run(job({ lastName: 'Lee' }));
    await run(job({ phoneNumber: phone }));
    expect((await stage.linkOf('c1'))?.withheld?.[0]?.sinceMs).toBe(since);
    account.changeProfile(bob, { phone_number: null });
    stage.pass(1_000);
    await run(job({ phoneNumber: phone, firstName: 'Ann' }));
    expect((await profileOf('c1'))?.phone_number).toBe(phone);
    expect(await withheldOf(stage, 'c1')).toEqual([]);
  });

  test('is no longer withheld once nobody asks for it', async () => {
    await using stage = await start();
    const { run, job } = stage;
    seed(stage, { phone_number: phone, email: 'bob@example.com' });
    await run(job({ email: 'ann@example.com', phoneNumber: phone }));
    stage.pass(1_000);
    await run(job({ phoneNumber: null }));
    expect(await withheldOf(stage, 'c1')).toEqual([]);
  });

  test('that Klaviyo calls malformed is withheld, and the rest is written', async () => {
    await using stage = await start();
    const { run, job, profileOf, told } = stage;
    expect(await run(job({ email: 'ada@localhost', firstName: 'Bm' }))).toEqual([delivered]);
    expect(await profileOf('c1')).toMatchObject({
      external_id: 'c1',
      fields: { first_name: 'Bm' },
    });
    expect(told).toMatchObject([{ identifier: 'email', reason: 'refused' }]);
    expect(await withheldOf(stage, 'c1')).toEqual([['email', 'refused']]);
  });

  test('that Klaviyo leaves out is told by what the answer lacks', async () => {
    await using stage = await start();
    const { run, job, profileOf, told } = stage;
    await run(job({ email: 'ann@example.com', phoneNumber: '+15555555555' }));
    expect(await profileOf('c1')).not.toHaveProperty('phone_number');
    stage.pass(1_000);
    await run(job({ email: 'ann@example.com', phoneNumber: '+15555555555' }));
    const left = { identifier: 'phone_number', reason: 'left_out', customerId: 'c1' };
    expect(told).toMatchObject([left, left]);
  });
});

test('a phone number that is none is told, and listed until a sound one comes', async () => {
  await using stage = await start();
  const { run, job, told } = stage;
  const parsed = customersMessage.parse({
    ...job({}).message,
    customer: { customerId: 'c1', email: 'ann@example.com', phoneNumber: 'ask my wife' },
  });
  expect(await run({ ...job({}), message: parsed })).toEqual([delivered]);
  expect(told).toMatchObject([{ identifier: 'phone_number', reason: 'unreadable' }]);
  expect(await withheldOf(stage, 'c1')).toEqual([['phone_number', 'unreadable']]);
  stage.pass(1_000);
  await run(job({ phoneNumber: phone }));
  expect(await withheldOf(stage, 'c1')).toEqual([]);
});

test('a refusal that names no identifier stays a refusal', async () => {
  await using stage = await start();
  stage.simulator.setFaults([{ kind: 'status', status: 400 }]);
  expect(await stage.run(stage.job({ email: 'ann@example.com' }))).toMatchObject([
    { kind: 'refused', reason: 'request_refused' },
  ]);
});

describe('a profile that has not been seen for a day', () => {
  test('and is gone is made anew, with all that the job says', async () => {
    await using stage = await start();
    const { run, job, profileOf, account } = stage;
    const customer = { email: 'del@example.com', firstName: 'Del' };
    await run(job(customer));
    const { id = '' } = (await profileOf('c1')) ?? {};
    account.deleteProfile(id);
    stage.pass(dayMs);
    expect(await run(job(customer))).toEqual([delivered]);
    const anew = await profileOf('c1');
    expect(anew).toMatchObject({ email: 'del@example.com', fields: { first_name: 'Del' } });
    expect(anew?.id).not.toBe(id);
    expect((await stage.memory.readProfiles(stage.memoryKey, [id])).size).toBe(0);
  });

  test('and is gone brings no consent back that was given once', async () => {
    await using stage = await start();
    const { run, job, profileOf, account, listJobs } = stage;
    const customer = { email: 'del@example.com' };
    await run(job(customer, undefined, { subscribe: true }));
    account.deleteProfile((await profileOf('c1'))?.id ?? '');
    stage.pass(dayMs);
    await run(job(customer, undefined, { subscribe: true }));
    expect(listJobs).toHaveLength(1);
  });

  test('is looked up with others in one call, and then not again for a day', async () => {
    await using stage = await start();
    const { run, job, simulator } = stage;
    const customers = Array.from({ length: 20 }, (_, n) => ({
      customerId: `c${n}`,
      email: `p${n}@example.com`,
    }));
    await run(...customers.map((customer) => job(customer)));
    stage.pass(dayMs);
    const before = simulator.countCalls();
    const again = () => run(...customers.map((customer) => job(customer)));
    expect((await again()).map((outcome) => outcome?.kind)).toEqual(
      customers.map(() => 'superseded'),
    );
    expect(simulator.countCalls() - before).toBe(1);
    stage.pass(dayMs / 2);
    await again();
    expect(simulator.countCalls() - before).toBe(1);
  });

  test('and went into another moves the link, and keeps the survivor’s address', async () => {
    await using stage = await start();
    const { run, job, profileOf, account } = stage;
    const customer = { email: 'old@example.com', firstName: 'Ann' };
    await run(job(customer));
    const { id = '' } = (await profileOf('c1')) ?? {};
    const survivor = seed(stage, { email: 'survivor@example.com' });
    account.mergeProfiles(id, survivor);
    stage.pass(dayMs);
    await run(job({ ...customer, lastName: 'Lee' }));
    expect((await stage.linkOf('c1'))?.profileId).toBe(survivor);
    expect(account.profiles()).toMatchObject([
      { id: survivor, email: 'survivor@example.com', fields: { last_name: 'Lee' } },
    ]);
    stage.pass(1_000);
    await run(job({ email: 'new@example.com' }));
    expect(account.profile(survivor)?.email).toBe('new@example.com');
  });

  test('is made anew at once where a write finds that it is gone', async () => {
    await using stage = await start();
    const { run, job, profileOf, account } = stage;
    await run(job({ email: 'del@example.com' }));
    account.deleteProfile((await profileOf('c1'))?.id ?? '');
    stage.pass(1_000);
    await run(job({ email: 'del@example.com', firstName: 'Del' }));
    expect(account.profiles()).toMatchObject([
      { email: 'del@example.com', fields: { first_name: 'Del' } },
    ]);
    expect(await profileOf('c1')).toMatchObject({ email: 'del@example.com' });
  });
});
