import type { ServerResponse } from 'node:http';
import { describe, expect, test } from 'vitest';
import { json, type ReceivedRequest, startHttpServer } from '../../../support/http-server.ts';
import { orderOf, trackOf } from '../event-jobs.ts';
import { type ConsumerOptions, createEventsConsumer } from '../events-consumer.ts';

const delivered = { kind: 'delivered' };
const atProfile = '/data/attributes/profile/data';
const phoneNumber = '+31000000000';

interface SentProfile {
  readonly id?: string;
  readonly attributes: Readonly<Record<string, string>>;
}
const profileIn = ({ body }: ReceivedRequest): SentProfile => {
  const { id, attributes } = JSON.parse(body).data.attributes.profile.data;
  return { ...(id && { id }), attributes };
};

/** A Klaviyo that refuses every event whose profile the test finds fault with, by a pointer. */
const setUp = async (
  faultOf: (profile: SentProfile) => { pointer: string; status?: number } | undefined,
  options: Omit<ConsumerOptions, 'apiUrl'> = {},
) => {
  const server = await startHttpServer((request, response) => {
    const fault = faultOf(profileIn(request));
    if (fault === undefined) return json(response, 202);
    const { pointer, status = 400 } = fault;
    json(response, status, { errors: [{ code: 'invalid', detail: 'x', source: { pointer } }] });
  });
  return {
    ...createEventsConsumer({ apiUrl: server.url, ...options }),
    profiles: () => server.requests.map(profileIn),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
};

const badPhone = ({ attributes }: SentProfile) =>
  attributes.phone_number === undefined
    ? undefined
    : { pointer: `${atProfile}/attributes/phone_number` };

test('a bad e-mail address does not lose the event of a phone number', async () => {
  await using klaviyo = await setUp(({ attributes }) =>
    attributes.email === undefined ? undefined : { pointer: `${atProfile}/attributes/email` },
  );
  const person = { email: 'a(b@example.com', phoneNumber };
  expect(await klaviyo.run(trackOf('E1', { person }))).toEqual([delivered]);
  expect(klaviyo.profiles().at(-1)).toEqual({ attributes: { phone_number: phoneNumber } });
});

describe('a bad phone number', () => {
  test('is not even sent beside an e-mail address', async () => {
    await using klaviyo = await setUp(badPhone);
    const person = { email: 'ann@example.com', phoneNumber };
    expect(await klaviyo.run(trackOf('E1', { person }))).toEqual([delivered]);
    expect(klaviyo.profiles()).toEqual([{ attributes: { email: 'ann@example.com' } }]);
  });

  test('alone is refused, with its pointer', async () => {
    await using klaviyo = await setUp(badPhone);
    expect(await klaviyo.run(trackOf('E1', { person: { phoneNumber } }))).toEqual([
      {
        kind: 'refused',
        reason: 'request_refused',
        errorCode: 'invalid',
        pointer: `${atProfile}/attributes/phone_number`,
        operation: 'POST /api/events',
      },
    ]);
    expect(klaviyo.profiles().length).toBe(1);
  });
});

test('a bad e-mail address and a bad number leave the external id', async () => {
  await using klaviyo = await setUp((profile) =>
    profile.attributes.email === undefined
      ? badPhone(profile)
      : { pointer: `${atProfile}/attributes/email` },
  );
  const customer = { customerId: 'c1', email: 'a(b@example.com', phoneNumber };
  expect(await klaviyo.run(orderOf({ customer, lines: [] }))).toEqual([delivered]);
  expect(klaviyo.profiles().at(-1)).toEqual({ attributes: { external_id: 'c1' } });
});

test('an event property that is called email is not taken for the address', async () => {
  const pointer = '/data/attributes/properties/email';
  await using klaviyo = await setUp(() => ({ pointer }));
  const person = { email: 'ann@example.com', phoneNumber };
  expect(await klaviyo.run(trackOf('E1', { person }))).toMatchObject([
    { kind: 'refused', pointer },
  ]);
  expect(klaviyo.profiles().length).toBe(1);
});

describe('a linked profile that Klaviyo no longer has', () => {
  test.each([
    ['by a pointer', { pointer: `${atProfile}/id` }],
    ['by a 404', { pointer: '/data', status: 404 }],
  ])('gives way to the addresses, when Klaviyo says so %s', async (_, fault) => {
    await using klaviyo = await setUp(({ id }) => (id === undefined ? undefined : fault), {
      linked: { c1: '01GONE' },
    });
    expect(await klaviyo.run(orderOf({ lines: [] }))).toEqual([delivered]);
    expect(klaviyo.profiles()).toEqual([
      { id: '01GONE', attributes: {} },
      { attributes: { email: 'ann@example.com', external_id: 'c1' } },
    ]);
  });

  test('is refused where the source knows nothing else', async () => {
    await using klaviyo = await setUp(() => ({ pointer: `${atProfile}/id` }));
    const [outcome] = await klaviyo.run(trackOf('E1', { person: { profileId: '01GONE' } }));
    expect(outcome).toMatchObject({ kind: 'refused', pointer: `${atProfile}/id` });
    expect(klaviyo.profiles().length).toBe(1);
  });
});

test('calls run side by side, but not more than 200 of them', async () => {
  const open: ServerResponse[] = [];
  let most = 0;
  let answered = 0;
  // Nobody is answered before 200 wait, or as many as are left.
  const server = await startHttpServer((_, response) => {
    open.push(response);
    most = Math.max(most, open.length);
    if (open.length < Math.min(200, 500 - answered)) return;
    answered += open.length;
    for (const waiting of open.splice(0)) json(waiting, 202);
  });
  await using _ = server;
  const { run } = createEventsConsumer({ apiUrl: server.url });
  await run(...Array.from({ length: 500 }, (_, n) => trackOf(`E${n}`)));
  expect(server.requests.length).toBe(500);
  expect(most).toBe(200);
});
