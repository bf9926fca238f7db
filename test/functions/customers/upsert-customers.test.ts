import { expect, test } from 'vitest';
import { createUpsertCustomers } from '../../../functions/customers/upsert-customers.ts';
import type { WriteProfile } from '../../../functions/customers/write-profile.ts';
import type {
  Customer,
  CustomersMessage,
  ListsMessage,
} from '../../../shared/contracts/messages.ts';
import {
  KlaviyoRateLimitError,
  KlaviyoRequestError,
  KlaviyoUnreachableError,
  type ProfileAttributes,
} from '../../../shared/klaviyo/index.ts';
import { type Fate, PassingError } from '../../../shared/runtime/fate.ts';
import { connectionOf } from '../../support/connection.ts';
import { jobOf } from '../../support/job.ts';
import { createMemoryCustomerLinks } from '../../support/memory-customer-links.ts';

const upsert = (
  customer: Partial<Customer>,
  occurredAt: string,
  rest: Partial<CustomersMessage> = {},
): CustomersMessage => ({
  connectionId: 'acme',
  type: 'customer.upsert',
  occurredAt: `2026-11-01T${occurredAt}:00Z`,
  customer: { customerId: 'c1', ...customer },
  ...rest,
});

/** The consumer's logic with memory for links, and a profile writer that does as the test says. */
const setUp = (
  write: (attributes: ProfileAttributes) => void = () => {},
  sendLists: () => void = () => {},
) => {
  const memory = createMemoryCustomerLinks();
  const written: { profileId: string | undefined; attributes: ProfileAttributes }[] = [];
  const listJobs: ListsMessage[] = [];
  const saidAtMs: number[] = [];
  const writeProfile: WriteProfile = async (profileId, attributes) => {
    write(attributes);
    written.push({ profileId, attributes });
    return { profile: { id: profileId ?? 'P1', attributes: {} }, withheld: [] };
  };
  const handleJobs = createUpsertCustomers({
    links: memory.links,
    writeProfile,
    sendListJobs: async (jobs) => {
      sendLists();
      listJobs.push(...jobs.map(({ message }) => message));
      saidAtMs.push(...jobs.map(({ said }) => said.occurredAtMs));
    },
  });
  const run = async (...messages: CustomersMessage[]): Promise<(Fate | undefined)[]> => {
    const jobs = messages.map((message) => jobOf(message));
    const context = { signal: new AbortController().signal, notAfterMs: Date.now() + 1_000 };
    const fates = await handleJobs(jobs, connectionOf(), context);
    return jobs.map(({ id }) => fates.get(id));
  };
  return { ...memory, written, listJobs, saidAtMs, run };
};

const delivered = { kind: 'delivered' };
const newer = { kind: 'superseded', by: 'newer' };

test('the jobs of one customer merge into one write, in the order in which they happened', async () => {
  const { run, written } = setUp();
  const fates = await run(
    upsert({ firstName: 'Newest', properties: { a: 2 } }, '12:00'),
    upsert({ firstName: 'Oldest', lastName: 'Kept', properties: { a: 1, b: 1 } }, '11:00'),
  );
  expect(fates).toEqual([delivered, delivered]);
  expect(written).toEqual([
    {
      profileId: undefined,
      attributes: {
        external_id: 'c1',
        first_name: 'Newest',
        last_name: 'Kept',
        properties: { a: 2, b: 1 },
      },
    },
  ]);
});

test('a location is merged field by field, and one that is cleared stays so', async () => {
  const { run, written } = setUp();
  await run(
    upsert({ location: { city: 'Delft', zip: '2611' } }, '11:00'),
    upsert({ location: { city: 'Leiden' } }, '12:00'),
  );
  await run(upsert({ location: { city: 'Delft' } }, '13:00'), upsert({ location: null }, '14:00'));
  expect(written.map(({ attributes }) => attributes.location)).toEqual([
    { city: 'Leiden', zip: '2611' },
    {
      address1: null,
      address2: null,
      city: null,
      country: null,
      region: null,
      zip: null,
      timezone: null,
      ip: null,
      latitude: null,
      longitude: null,
    },
  ]);
});

test('of two jobs of one instant in two batches both are written', async () => {
  const { run, written } = setUp();
  await run(upsert({ firstName: 'Ann' }, '12:00'));
  expect(await run(upsert({ lastName: 'Lee' }, '12:00'))).toEqual([delivered]);
  expect(written).toHaveLength(2);
});

test('a job whose list jobs were not sent comes back, and sends them without another write', async () => {
  let fails = true;
  const { run, written, listJobs } = setUp(undefined, () => {
    if (fails) throw new PassingError('not sent');
  });
  const joins = upsert({ firstName: 'Ann' }, '12:00', { lists: { join: [{ id: 'L1' }] } });
  expect(await run(joins)).toMatchObject([{ kind: 'retry' }]);
  fails = false;
  expect(await run(joins)).toEqual([{ kind: 'superseded', by: 'same_content' }]);
  expect([written.length, listJobs.length]).toEqual([1, 1]);
});

test.each(['0001-01-01T00:00:00Z', '1970-01-01T00:00:00Z', '0000-01-01T00:00:00Z'])(
  'a first job of %s is written: nothing was said before it',
  async (occurredAt) => {
    const { run, written } = setUp();
    const job = { ...upsert({ firstName: 'Zero' }, '12:00'), occurredAt };
    expect(await run(job)).toEqual([delivered]);
    expect(written).toHaveLength(1);
    await run(upsert({ firstName: 'New' }, '12:00'));
    expect(await run(job)).toEqual([newer]);
  },
);

test.each([300, 3_600_000])(
  'of two jobs of a clock that is %d ms ahead the newer one counts, however they arrive',
  async (aheadMs) => {
    const { run, written } = setUp();
    const said = (firstName: string, ms: number) => ({
      ...upsert({ firstName }, '12:00'),
      occurredAt: new Date(Date.now() + aheadMs + ms).toISOString(),
    });
    await run(said('Newer', 5_000), said('Older', 0));
    expect(written).toMatchObject([{ attributes: { first_name: 'Newer' } }]);
  },
);

test('a job older than what was applied is superseded: a late message undoes nothing', async () => {
  const { run, written } = setUp();
  await run(upsert({ firstName: 'New' }, '12:00'));
  expect(await run(upsert({ firstName: 'Old' }, '11:00'))).toEqual([newer]);
  expect(written).toHaveLength(1);
});

test('in a mixed batch only what is newer is written', async () => {
  const { run, written } = setUp();
  await run(upsert({ firstName: 'New' }, '12:00'));
  const fates = await run(upsert({ firstName: 'Old' }, '11:00'), upsert({ title: 'Dr' }, '13:00'));
  expect(fates).toEqual([newer, delivered]);
  expect(written[1]?.attributes).toEqual({ external_id: 'c1', title: 'Dr' });
});

test('a job that would change nothing is not sent', async () => {
  const { run, written } = setUp();
  await run(upsert({ firstName: 'Ann', properties: { a: 1, b: 2 } }, '11:00'));
  expect(await run(upsert({ properties: { b: 2, a: 1 }, firstName: 'Ann' }, '12:00'))).toEqual([
    { kind: 'superseded', by: 'same_content' },
  ]);
  expect(written).toHaveLength(1);
  expect(await run(upsert({ firstName: 'Between' }, '11:30'))).toEqual([newer]);
});

test('null clears a field and absence leaves it alone', async () => {
  const { run, written } = setUp();
  await run(upsert({ firstName: null, email: 'ann@example.com' }, '11:00'));
  expect(written[0]?.attributes).toEqual({
    email: 'ann@example.com',
    external_id: 'c1',
    first_name: null,
  });
});

test('the link is remembered, and the next write goes to its profile', async () => {
  const { run, written, items } = setUp();
  await run(upsert({ firstName: 'Ann' }, '11:00'));
  await run(upsert({ firstName: 'Anna' }, '12:00'));
  expect(written[1]?.profileId).toBe('P1');
  expect(items.get('acme/AcCt01/c1')).toMatchObject({
    profileId: 'P1',
    occurredAtMs: Date.parse('2026-11-01T12:00:00Z'),
  });
});

test('a profile id that the source names becomes the link', async () => {
  const { run, written, items } = setUp();
  await run(upsert({ profileId: 'P9' }, '11:00'));
  expect(written[0]?.profileId).toBe('P9');
  expect(items.get('acme/AcCt01/c1')?.profileId).toBe('P9');
});

test('while another instance writes the customer, the job waits a little', async () => {
  const { run, links, written } = setUp();
  await links.lease('acme/AcCt01', 'c1');
  expect(await run(upsert({}, '11:00'))).toEqual([
    { kind: 'later', waitMs: 5_000, reason: 'leased' },
  ]);
  expect(written).toEqual([]);
});

test('a failed write ends the lease and remembers nothing', async () => {
  const { run, items } = setUp(() => {
    throw new KlaviyoRateLimitError('POST /api/profiles', 3_000);
  });
  expect(await run(upsert({}, '11:00'))).toEqual([
    { kind: 'later', waitMs: 3_000, reason: 'rate_limit', fromMs: expect.any(Number) },
  ]);
  expect(items.get('acme/AcCt01/c1')).toEqual({});
});

test('after a write that may still happen the customer waits: nothing newer is overwritten by it', async () => {
  let fails = true;
  const { run, written } = setUp(() => {
    if (fails) throw new KlaviyoUnreachableError('PATCH /api/profiles/{id}', true, null, true);
  });
  expect(await run(upsert({}, '11:00'))).toMatchObject([{ kind: 'retry' }]);
  fails = false;
  expect(await run(upsert({}, '12:00'))).toMatchObject([{ kind: 'later', reason: 'leased' }]);
  expect(written).toEqual([]);
});

test('one refused job does not sink the batch, nor the job it was merged with', async () => {
  const { run, written } = setUp(({ title }) => {
    if (title === 'bad') throw new KlaviyoRequestError('POST /api/profiles', 400, []);
  });
  const fates = await run(
    upsert({ firstName: 'Ann' }, '11:00'),
    upsert({ title: 'bad' }, '12:00'),
    upsert({ customerId: 'c2', firstName: 'Bob' }, '12:00'),
  );
  expect(fates.map((fate) => fate?.kind)).toEqual(['delivered', 'refused', 'delivered']);
  expect(written).toHaveLength(2);
});

test('of jobs that were merged with a refused one none overtakes another that has to wait', async () => {
  let calls = 0;
  const { run, written } = setUp(() => {
    calls += 1;
    if (calls === 1) throw new KlaviyoRequestError('POST /api/profiles', 400, []);
    if (calls === 2) throw new KlaviyoRateLimitError('POST /api/profiles', 3_000);
  });
  const fates = await run(
    upsert({ firstName: 'Ann' }, '11:00'),
    upsert({ lastName: 'Lee' }, '12:00'),
  );
  expect(fates).toMatchObject([
    { kind: 'later', waitMs: 3_000 },
    { kind: 'later', waitMs: 3_000 },
  ]);
  expect(written).toEqual([]);
});

test('list changes go out after the upsert, with the profile and the time of the customer job', async () => {
  const { run, listJobs, saidAtMs } = setUp();
  const lists = { join: [{ id: 'L1' }], leave: [{ name: 'Old news' }] };
  await run(upsert({ email: 'ann@example.com' }, '11:00', { lists }));
  const shared = {
    connectionId: 'acme',
    person: { customerId: 'c1', profileId: 'P1', email: 'ann@example.com' },
  };
  expect(listJobs).toEqual([
    { ...shared, type: 'list.add', list: { id: 'L1' } },
    { ...shared, type: 'list.remove', list: { name: 'Old news' } },
  ]);
  expect(new Set(saidAtMs)).toEqual(new Set([Date.parse('2026-11-01T11:00:00Z')]));
});

test('subscribing joins the lists with consent, or the account where there is none', async () => {
  const { run, listJobs } = setUp();
  await run(upsert({}, '11:00', { subscribe: true, lists: { join: [{ id: 'L1' }] } }));
  await run(upsert({ customerId: 'c2' }, '11:00', { subscribe: true }));
  await run(upsert({ customerId: 'c3' }, '11:00', { subscribe: false }));
  expect(listJobs.map(({ type, person }) => [type, person.customerId])).toEqual([
    ['list.subscribe', 'c1'],
    ['list.subscribe', 'c2'],
  ]);
});
