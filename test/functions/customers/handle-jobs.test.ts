import { describe, expect, test } from 'vitest';
import { type CustomersStage, dayMs, withLinksTable } from './customers-stage.ts';

const { start } = withLinksTable();

const delivered = { kind: 'delivered' };
const newer = { kind: 'superseded', by: 'newer' };
const same = { kind: 'superseded', by: 'same_content' };
const email = 'ann@example.com';

const writes = ({ simulator }: CustomersStage) =>
  simulator.countCalls({ endpoint: 'POST /api/profiles' }) +
  simulator.countCalls({ endpoint: 'PATCH /api/profiles/{id}' });

describe('the order of statements', () => {
  test('the jobs of one customer merge into one write, in the order in which they were said', async () => {
    await using stage = await start();
    const { run, job, profileOf } = stage;
    const outcomes = await run(
      job({ firstName: 'Newest', properties: { a: 2 } }, '12:00'),
      job({ email, firstName: 'Oldest', lastName: 'Kept', properties: { a: 1, b: 1 } }, '11:00'),
    );
    expect(outcomes).toEqual([delivered, delivered]);
    expect(await profileOf('c1')).toMatchObject({
      email,
      external_id: 'c1',
      fields: { first_name: 'Newest', last_name: 'Kept' },
      properties: { a: 2, b: 1 },
    });
    expect(writes(stage)).toBe(1);
  });

  test('a location that is null is cleared, every member of it, and an older city stays away', async () => {
    await using stage = await start();
    const { run, job, profileOf } = stage;
    await run(job({ email, location: { city: 'Delft', zip: '2611', latitude: 52 } }, '11:00'));
    expect(await run(job({ location: null }, '13:00'))).toEqual([delivered]);
    expect(await run(job({ location: { city: 'Leiden' } }, '12:00'))).toEqual([newer]);
    expect((await profileOf('c1'))?.location).toEqual({});
  });

  test('an older job loses none of its fields to a newer one that has others', async () => {
    await using stage = await start();
    const { run, job, profileOf } = stage;
    await run(
      job({ firstName: 'New', properties: { b: 'new' }, location: { city: 'Leiden' } }, '12:00'),
    );
    const older = {
      firstName: 'Old',
      phoneNumber: '+31201234567',
      properties: { a: 'old', b: 'old' },
      location: { city: 'Delft', zip: '2611' },
    };
    expect(await run(job(older, '11:00'))).toEqual([delivered]);
    expect(await profileOf('c1')).toMatchObject({
      phone_number: '+31201234567',
      fields: { first_name: 'New' },
      properties: { a: 'old', b: 'new' },
      location: { city: 'Leiden', zip: '2611' },
    });
    expect(await run(job({ phoneNumber: '+31209999999' }, '10:00'))).toEqual([newer]);
  });

  test('a job of which all is older than what was said is superseded', async () => {
    await using stage = await start();
    const { run, job } = stage;
    await run(job({ firstName: 'New' }, '12:00'));
    expect(await run(job({ firstName: 'Old' }, '11:00'))).toEqual([newer]);
    expect(writes(stage)).toBe(1);
  });

  test('of two jobs of one instant in two batches both are written', async () => {
    await using stage = await start();
    const { run, job, profileOf } = stage;
    await run(job({ firstName: 'Ann' }, '12:00'));
    expect(await run(job({ firstName: 'Anna', lastName: 'Lee' }, '12:00'))).toEqual([delivered]);
    expect((await profileOf('c1'))?.fields).toMatchObject({ first_name: 'Anna', last_name: 'Lee' });
  });

  test('a job that would change nothing is not sent, but moves the time on', async () => {
    await using stage = await start();
    const { run, job } = stage;
    await run(job({ firstName: 'Ann', properties: { a: 1, b: 2 } }, '11:00'));
    expect(await run(job({ properties: { b: 2, a: 1 }, firstName: 'Ann' }, '12:00'))).toEqual([
      same,
    ]);
    expect(await run(job({ firstName: 'Between' }, '11:30'))).toEqual([newer]);
    expect(writes(stage)).toBe(1);
  });

  test('only what is news is written: an edit made in Klaviyo stays', async () => {
    await using stage = await start();
    const { run, job, profileOf, account } = stage;
    await run(job({ email, firstName: 'Ann', title: 'Ms' }, '11:00'));
    account.changeProfile((await profileOf('c1'))?.id ?? '', { title: 'Dr' });
    await run(job({ email, firstName: 'Anna', title: 'Ms' }, '12:00'));
    expect((await profileOf('c1'))?.fields).toMatchObject({ first_name: 'Anna', title: 'Dr' });
  });

  test('null clears a field, and absence leaves it alone', async () => {
    await using stage = await start();
    const { run, job, profileOf } = stage;
    await run(job({ email, firstName: 'Ann', title: 'Ms', properties: { a: 1, b: 1 } }, '11:00'));
    await run(job({ firstName: null, properties: { a: null } }, '12:00'));
    const profile = await profileOf('c1');
    expect(profile?.fields.first_name ?? null).toBeNull();
    expect(profile).toMatchObject({ email, fields: { title: 'Ms' }, properties: { b: 1 } });
    expect(profile?.properties).not.toHaveProperty('a');
  });

  test('a location that is null is cleared, every member of it', async () => {
    await using stage = await start();
    const { run, job, profileOf } = stage;
    await run(job({ email, location: { city: 'Delft', latitude: 52 } }, '11:00'));
    await run(job({ location: null }, '12:00'));
    const left = Object.values((await profileOf('c1'))?.location ?? { city: 'Delft' });
    expect(left.filter((value) => value !== null)).toEqual([]);
    expect(await run(job({ location: { city: 'Leiden', zip: '2611' } }, '11:30'))).toEqual([newer]);
  });

  test.each(['0001-01-01T00:00:00Z', '1970-01-01T00:00:00Z', '0000-01-01T00:00:00Z'])(
    'a first job of %s is written: nothing was said before it',
    async (occurredAt) => {
      await using stage = await start();
      const { run, job } = stage;
      const zero = job({ firstName: 'Zero' }, undefined, { occurredAt });
      const said = { ...zero, occurredAtMs: Date.parse(occurredAt) };
      expect(await run(said)).toEqual([delivered]);
      expect(await run(job({ firstName: 'New' }, '12:00'))).toEqual([delivered]);
      expect(await run(said)).toEqual([newer]);
    },
  );

  test('of two jobs of a clock that is ahead the newer one counts, however they arrive', async () => {
    await using stage = await start();
    const { run, job, profileOf } = stage;
    const said = (firstName: string, aheadMs: number) => ({
      ...job({ firstName }, '12:00'),
      aheadMs,
    });
    await run(said('Newer', 5_000));
    expect(await run(said('Older', 300))).toEqual([newer]);
    expect((await profileOf('c1'))?.fields.first_name).toBe('Newer');
  });
});

describe('jobs that fail', () => {
  test('one refused job does not sink the batch, nor the job it was merged with', async () => {
    await using stage = await start();
    const { run, job, profileOf, simulator } = stage;
    simulator.setFaults([
      { kind: 'status', status: 400, times: 2, match: { endpoint: 'PATCH /api/profiles/{id}' } },
    ]);
    await run(job({ email }, '10:00'));
    const outcomes = await run(
      job({ firstName: 'Ann' }, '11:00'),
      job({ title: 'Dr' }, '12:00'),
      job({ customerId: 'c2', firstName: 'Bob' }, '12:00'),
    );
    expect(outcomes.map((outcome) => outcome?.kind)).toEqual(['refused', 'delivered', 'delivered']);
    expect((await profileOf('c1'))?.fields).toEqual({ title: 'Dr' });
  });

  test('of jobs that were merged with a refused one none overtakes another that has to wait', async () => {
    await using stage = await start();
    const { run, job, simulator } = stage;
    const match = { endpoint: 'PATCH /api/profiles/{id}' };
    await run(job({ email }, '10:00'));
    simulator.setFaults([
      { kind: 'status', status: 400, times: 1, match },
      { kind: 'status', status: 503, match },
    ]);
    const outcomes = await run(
      job({ firstName: 'Ann' }, '11:00'),
      job({ lastName: 'Lee' }, '12:00'),
    );
    expect(outcomes.map((outcome) => outcome?.kind)).toEqual(['retry', 'retry']);
  });

  test('a job that failed leaves no lease behind, and nothing remembered', async () => {
    await using stage = await start();
    const { run, job, simulator } = stage;
    simulator.setFaults([{ kind: 'status', status: 503, times: 3 }]);
    expect(await run(job({ email }))).toMatchObject([{ kind: 'retry' }]);
    expect(await run(job({ email }))).toEqual([delivered]);
  });

  test('customers whose profiles cannot be looked up wait; the others do not', async () => {
    await using stage = await start();
    const { run, job, simulator } = stage;
    await run(job({ email }));
    stage.pass(dayMs);
    simulator.setFaults([
      { kind: 'status', status: 503, match: { endpoint: 'GET /api/profiles' } },
    ]);
    const outcomes = await run(job({ email }), job({ customerId: 'c2', email: 'bob@example.com' }));
    expect(outcomes).toMatchObject([{ kind: 'retry' }, delivered]);
  });
});

const subscribe = true;

describe('list jobs', () => {
  const sent = ({ listJobs }: CustomersStage) =>
    listJobs.map(({ message }) => ({ ...message, connectionId: undefined }));

  test('go out with the profile and the time of the customer job', async () => {
    await using stage = await start();
    const { run, job, profileOf, listJobs } = stage;
    const lists = { join: [{ id: 'L1' }], leave: [{ name: 'Old news' }] };
    await run(job({ email }, '11:00', { lists }));
    const person = { customerId: 'c1', profileId: (await profileOf('c1'))?.id, email };
    expect(sent(stage)).toMatchObject([
      { type: 'list.add', list: { id: 'L1' }, person },
      { type: 'list.remove', list: { name: 'Old news' }, person },
    ]);
    expect(listJobs.map(({ source }) => source.occurredAtMs)).toEqual(
      [0, 0].map(() => Date.parse('2026-11-01T11:00:00Z')),
    );
  });

  test('that were not sent are sent when the job comes back, without another write', async () => {
    await using stage = await start();
    const { run, job, faults } = stage;
    const wanted = job({ email, firstName: 'Ann' }, '12:00', { subscribe });
    faults.listJobsFail = true;
    expect(await run(wanted)).toMatchObject([{ kind: 'retry' }]);
    expect(await run(wanted)).toMatchObject([{ kind: 'retry' }]);
    faults.listJobsFail = false;
    expect(await run(wanted)).toEqual([delivered]);
    expect([writes(stage), sent(stage).length]).toEqual([1, 1]);
  });

  test('subscribe when that becomes true, and not when it is repeated', async () => {
    await using stage = await start();
    const { run, job } = stage;
    await run(job({ email }, '10:00', { subscribe }));
    await run(job({ email, firstName: 'Ann' }, '11:00', { subscribe }));
    await run(job({ email, firstName: 'Ann' }, '12:00', { subscribe }));
    expect(sent(stage)).toMatchObject([{ type: 'list.subscribe', channels: ['email'] }]);
    await run(job({ email }, '13:00', { subscribe: false }));
    expect(sent(stage)).toHaveLength(1);
    await run(job({ email }, '14:00', { subscribe }));
    expect(sent(stage)).toHaveLength(2);
  });

  test('subscribe each channel by itself', async () => {
    await using stage = await start();
    const { run, job } = stage;
    const phoneNumber = '+31201234567';
    await run(job({ email, phoneNumber }, '10:00', { subscribe: ['email'] }));
    await run(job({ email, phoneNumber }, '11:00', { subscribe }));
    await run(job({ email, phoneNumber }, '12:00', { subscribe: ['sms'] }));
    expect(sent(stage)).toMatchObject([{ channels: ['email'] }, { channels: ['sms'] }]);
  });

  test('what is said late of being subscribed counts for nothing', async () => {
    await using stage = await start();
    const { run, job } = stage;
    await run(job({ email }, '12:00', { subscribe: false }));
    await run(job({ email }, '11:00', { subscribe }));
    expect(sent(stage)).toEqual([]);
    await run(job({ email }, '10:00', { subscribe }), job({ email }, '13:00', { subscribe }));
    expect(sent(stage)).toMatchObject([{ type: 'list.subscribe' }]);
  });

  test('each customer of a profile speaks for itself', async () => {
    await using stage = await start();
    const { run, job } = stage;
    await run(job({ customerId: 'guest', email }, '10:00', { subscribe }));
    await run(job({ customerId: 'member', email }, '11:00', { subscribe }));
    expect(sent(stage).map(({ person }) => person.customerId)).toEqual(['guest', 'member']);
  });

  test('subscribe the lists joined, or the account where there is none; repeated, they only add', async () => {
    await using stage = await start();
    const { run, job } = stage;
    const lists = (id: string) => ({ lists: { join: [{ id }] } });
    await run(job({ email }, '10:00', { subscribe, ...lists('L1') }));
    await run(job({ email }, '11:00', { subscribe, ...lists('L2') }));
    await run(job({ customerId: 'c2' }, '11:00', { subscribe }));
    expect(sent(stage)).toMatchObject([
      { type: 'list.subscribe', list: { id: 'L1' } },
      { type: 'list.add', list: { id: 'L2' } },
      { type: 'list.subscribe', person: { customerId: 'c2' } },
    ]);
    expect(sent(stage)[2]).not.toHaveProperty('list');
  });

  test('ask for nothing by an address that was cleared', async () => {
    await using stage = await start();
    const { run, job } = stage;
    const phoneNumber = '+31201234567';
    await run(job({ email, phoneNumber }, '10:00'));
    await run(job({ email: null }, '11:00'));
    await run(job({ firstName: 'Ann' }, '12:00', { subscribe }));
    expect(sent(stage)).toMatchObject([{ type: 'list.subscribe', channels: ['sms'] }]);
  });

  test('pass on the date of birth', async () => {
    await using stage = await start();
    const dateOfBirth = '1990-12-31';
    await stage.run(stage.job({ email }, '10:00', { subscribe, dateOfBirth }));
    expect(sent(stage)).toMatchObject([{ type: 'list.subscribe', dateOfBirth }]);
  });

  test('name no address that is another’s, and ask for no consent to it', async () => {
    await using stage = await start();
    const { run, job, account } = stage;
    const phoneNumber = '+447700900301';
    account.seedProfiles([{ attributes: { email: 'bob@example.com', phone_number: phoneNumber } }]);
    const joining = { subscribe, lists: { join: [{ id: 'L1' }] } };
    await run(job({ email, phoneNumber }, '10:00', joining));
    expect(sent(stage)).toMatchObject([{ type: 'list.subscribe', channels: ['email'] }]);
    expect(sent(stage)[0]?.person).not.toHaveProperty('phoneNumber');
  });
});

test('what a customer said about consent survives the loss of the link', async () => {
  await using stage = await start();
  const { run, job, listJobs, memory, memoryKey } = stage;
  await run(job({ email }, '10:00', { subscribe }));
  const link = await stage.linkOf('c1');
  const owner = await memory.leaseCustomer(memoryKey, 'c1', link?.profileId);
  await memory.saveCustomer(memoryKey, 'c1', owner ?? '', { formerProfileId: link?.profileId });
  stage.account.deleteProfile(link?.profileId ?? '');
  await run(job({ email }, '11:00', { subscribe }));
  expect(listJobs).toHaveLength(1);
  expect(await stage.linkOf('c1')).not.toHaveProperty('formerProfileId');
});
