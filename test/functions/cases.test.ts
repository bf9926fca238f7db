/** What went wrong in the field, run through the deployed functions: each with its right value. */
import { DynamoDBClient, paginateScan, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type OperatedStage, startOperatedStage } from '../support/operated-stage.ts';

const dayMs = 24 * 3_600_000;

let stage: OperatedStage;
let sqs: SQSClient;
let dynamodb: DynamoDBClient;
let linesBefore = 0;

beforeAll(async () => {
  stage = await startOperatedStage();
  const { endpoint, region } = stage.aws;
  const options = { endpoint, region, credentials: { accessKeyId: 'a', secretAccessKey: 'b' } };
  sqs = new SQSClient(options);
  dynamodb = new DynamoDBClient(options);
  await stage.connect('acme', '--revision', '2026-07-15');
  await stage.connect('old');
  account().seedLists([{ name: 'Newsletter' }]);
}, 120_000);
afterAll(() => stage.close());
beforeEach(() => {
  linesBefore = stage.lines.length;
});

const account = () => stage.klaviyo.account();
const byEmail = (email: string) =>
  account()
    .profiles()
    .filter((one) => one.email === email);

const output = (name: string): string =>
  Object.values(stage.aws.outputs).find((outputs) => name in outputs)?.[name] ?? `no ${name}`;

type Job = Record<string, unknown>;
const queueOf = (body: string): string => {
  if (body.includes('"customer.upsert"')) return 'Customers';
  return body.includes('"list.') ? 'Lists' : 'Events';
};

/** Sends jobs together, as they are written, and waits until nothing is left to do. */
const sendBodies = async (...bodies: readonly string[]) => {
  const sent = bodies.map((MessageBody) =>
    sqs.send(
      new SendMessageCommand({
        QueueUrl: output(`${queueOf(MessageBody)}QueueUrl`),
        MessageBody,
        MessageGroupId: 'acme',
      }),
    ),
  );
  await Promise.all(sent);
  await stage.aws.idle({ timeoutSeconds: 60 });
  account().processPending();
};
const send = (...jobs: readonly Job[]) =>
  sendBodies(...jobs.map((job) => JSON.stringify({ connectionId: 'acme', ...job })));

const customerJob = (customer: Job, more: Job = {}): Job => ({
  type: 'customer.upsert',
  customer,
  ...more,
});
const orderJob = (transactionId: string, customer: Job, lineId: string, price = 10): Job => ({
  type: 'transaction.placed',
  transaction: {
    transactionId,
    placedAt: '2026-11-01T10:00:00Z',
    total: price,
    currency: 'EUR',
    customer,
    lines: [{ lineId, name: 'Mug', quantity: 1, unitPrice: price }],
  },
});

/** What the functions logged since the test began. */
const logged = (message: string): Record<string, unknown>[] =>
  stage.lines
    .slice(linesBefore)
    .filter((line) => line.includes(`"message":"${message}"`))
    .map((line) => JSON.parse(line.slice(line.indexOf('{'))));
const withheldMetrics = (reason: string): number =>
  stage.lines
    .slice(linesBefore)
    .filter((line) => line.includes('"IdentifiersWithheld":') && line.includes(`"${reason}"`))
    .length;
const withheldOf = async (connectionId: string, customerId: string) => {
  const rows = await stage.bridgeJson<{ customerId: string }[]>(`withheld ${connectionId}`);
  return rows.filter((row) => row.customerId === customerId);
};
const letters = () => stage.bridgeJson<unknown[]>('dead-letters list');

const older = (value: unknown): unknown => {
  if (typeof value === 'number') return value - 2 * dayMs;
  return new Date(Date.parse(String(value)) - 2 * dayMs).toISOString();
};
/** As if two days had passed since anybody saw a profile. */
const forgetWhoWasSeen = async () => {
  const TableName = output('LinksTableName');
  const client = dynamodb;
  for await (const { Items = [] } of paginateScan({ client }, { TableName }))
    for (const item of Items) {
      const { pk, ...known } = unmarshall(item);
      for (const name of ['seenAtMs', 'ownUpdatedAt'])
        if (known[name] !== undefined)
          await client.send(
            new UpdateItemCommand({
              TableName,
              Key: marshall({ pk }),
              UpdateExpression: `SET ${name} = :older`,
              ExpressionAttributeValues: marshall({ ':older': older(known[name]) }),
            }),
          );
    }
};

describe('identity', () => {
  const household = '+447700900451';
  test('two people with one telephone are two profiles: the second without it, and told', async () => {
    const first = customerJob(
      { customerId: 'home-1', email: 'ines.home@example.com', phoneNumber: household },
      { connectionId: 'old', subscribe: true },
    );
    const second = customerJob(
      { customerId: 'home-2', email: 'otto.home@example.com', phoneNumber: household },
      { connectionId: 'old' },
    );
    await send(first);
    await send(second);
    const [ines, ...moreOfInes] = byEmail('ines.home@example.com');
    const [otto, ...moreOfOtto] = byEmail('otto.home@example.com');
    expect([...moreOfInes, ...moreOfOtto]).toEqual([]);
    expect(ines).toMatchObject({ phone_number: household, external_id: 'home-1' });
    expect(ines?.consent).toEqual({ email: 'SUBSCRIBED', sms: 'SUBSCRIBED' });
    expect(otto?.phone_number ?? undefined).toBeUndefined();
    expect(otto?.consent).toEqual({ email: 'NEVER_SUBSCRIBED', sms: 'NEVER_SUBSCRIBED' });
    const why = { customerId: 'home-2', identifier: 'phone_number', reason: 'taken' };
    expect(logged('an identifier was left out')).toMatchObject([why]);
    expect(withheldMetrics('taken')).toBe(1);
    expect(await withheldOf('old', 'home-2')).toMatchObject([why]);
    expect(await withheldOf('old', 'home-1')).toEqual([]);
    const { withheld } = await stage.bridgeJson<{ withheld: unknown }>('status');
    expect(withheld).toContainEqual({ connectionId: 'old', customers: 1 });
  }, 180_000);

  test.each([
    ['one by one', false],
    ['together', true],
  ])(
    'a profile deleted in Klaviyo is there again, and the order on it, %s',
    async (_, together) => {
      const id = `lost-${together}`;
      const email = `${id}@example.com`;
      const customer = customerJob({ customerId: id, email, firstName: 'Loes' });
      const order = orderJob(`o-${id}`, { customerId: id }, '1', 20);
      await send(customer);
      const [before] = byEmail(email);
      account().deleteProfile(before?.id ?? '');
      await forgetWhoWasSeen();
      if (together) await send(customer, order);
      else {
        await send(customer);
        await send(order);
      }
      const again = account()
        .profiles()
        .filter((one) => one.external_id === id || one.email === email);
      expect(again).toMatchObject([{ email, external_id: id, fields: { first_name: 'Loes' } }]);
      const events = account()
        .events()
        .filter(({ profileId }) => profileId === again[0]?.id);
      expect(events.map(({ metric }) => metric.name).toSorted()).toEqual([
        'Ordered Product',
        'Placed Order',
      ]);
    },
    180_000,
  );

  test('an address that Klaviyo does not take is left out, and told', async () => {
    await send(customerJob({ customerId: 'hostless', email: 'eva@localhost', firstName: 'Eva' }));
    const [eva] = account()
      .profiles()
      .filter((one) => one.external_id === 'hostless');
    expect(eva?.fields).toMatchObject({ first_name: 'Eva' });
    expect(eva?.email ?? undefined).toBeUndefined();
    const why = { customerId: 'hostless', identifier: 'email', reason: 'refused' };
    expect(logged('an identifier was left out')).toMatchObject([why]);
    expect(withheldMetrics('refused')).toBe(1);
    expect(await withheldOf('acme', 'hostless')).toMatchObject([why]);
  }, 180_000);
});

describe('consent', () => {
  test('a state that is sent again subscribes nobody who opted out, and the city is written', async () => {
    const occurredAt = new Date(Date.now() - 3_600_000).toISOString();
    const customer = { customerId: 'state', email: 'state@example.com', firstName: 'Stan' };
    const first = customerJob(customer, { occurredAt, subscribe: true });
    const moved = { ...customer, location: { city: 'Delft' } };
    const stan = () => byEmail(customer.email)[0];
    await send(first);
    expect(stan()?.consent.email).toBe('SUBSCRIBED');
    account().optOut(stan()?.id ?? '');
    await send(first);
    expect(stan()?.consent.email).toBe('UNSUBSCRIBED');
    // This one says no time of its own: it counts as said now, after the opt-out.
    await send(customerJob(moved, { subscribe: true }));
    expect(stan()?.consent.email).toBe('UNSUBSCRIBED');
    expect(stan()?.location).toMatchObject({ city: 'Delft' });
  }, 180_000);

  test('an opt-out from a list that she is not on says so; one without a list is heard', async () => {
    // Subscribed long ago: an opt-out waits for what is on its way.
    const person = { customerId: 'outside', email: 'outside@example.com' };
    account().seedProfiles([
      {
        attributes: { email: person.email },
        subscribed: ['email'],
        updatedAtMs: Date.now() - 365 * dayMs,
      },
    ]);
    const consent = () => byEmail(person.email)[0]?.consent.email;
    await send({ type: 'list.unsubscribe', list: { name: 'Newsletter' }, person });
    expect(consent()).toBe('SUBSCRIBED');
    const lines = stage.lines.slice(linesBefore).join('\n');
    expect(lines).toMatch(/"message":"an opt-out from a list had no effect/);
    expect(lines).toMatch(/"OptOutsWithoutEffect":1/);
    await send({ type: 'list.unsubscribe', person });
    expect(consent()).toBe('UNSUBSCRIBED');
  }, 180_000);
});

describe('values', () => {
  test('a number beyond what keeps its digits is refused at its place', async () => {
    const body =
      '{"type":"customer.upsert","connectionId":"acme","customer":{"customerId":"digits",' +
      '"email":"digits@example.com","properties":{"card":7035150012345678901}}}';
    await sendBodies(body);
    expect(byEmail('digits@example.com')).toEqual([]);
    expect(logged('a job was given up')).toMatchObject([
      { reason: 'invalid_message', errorCode: 'lost_number', pointer: '/customer/properties/card' },
    ]);
    const refused = { reason: 'invalid_message', errorCode: 'lost_number' };
    expect(await letters()).toContainEqual(
      expect.objectContaining({
        ...refused,
        queue: 'customers',
        pointer: '/customer/properties/card',
      }),
    );
  }, 180_000);

  test('ids that are the same once they are joined are two lines', async () => {
    const customer = { email: 'joined@example.com' };
    await send(orderJob('3001', customer, 'B:1', 10), orderJob('3001:B', customer, '1', 25));
    const [person] = byEmail(customer.email);
    const ordered = account()
      .events()
      .filter(({ profileId, metric }) => profileId === person?.id && /Ordered/.test(metric.name));
    expect(ordered.map(({ value }) => value).toSorted()).toEqual([10, 25]);
    expect(new Set(ordered.map(({ uniqueId }) => uniqueId)).size).toBe(2);
  }, 180_000);

  test('a blank phone number is none, and white space around an address goes', async () => {
    await send(
      customerJob({ customerId: 'blank', email: 'blank@example.com', phoneNumber: '' }),
      customerJob({ customerId: 'spaced', email: ' spaced@example.com ' }),
    );
    expect(byEmail('blank@example.com')).toMatchObject([{ external_id: 'blank' }]);
    expect(byEmail('blank@example.com')[0]?.phone_number ?? undefined).toBeUndefined();
    expect(byEmail('spaced@example.com')).toMatchObject([{ external_id: 'spaced' }]);
    expect(logged('an identifier was left out')).toEqual([]);
  }, 180_000);

  test('an order goes by e-mail where its number is none, which is told', async () => {
    const customer = { email: 'extension@example.com', phoneNumber: '+1 206-555-0150 ext. 77' };
    const order = orderJob('ext-1', customer, '1', 12.5);
    const placedAt = '2026-11-20T09:26:53.000+0000';
    await send({ ...order, transaction: { ...(order.transaction as Job), placedAt } });
    const [person] = byEmail(customer.email);
    expect(person?.phone_number ?? undefined).toBeUndefined();
    const events = account()
      .events()
      .filter(({ profileId }) => profileId === person?.id);
    expect(new Set(events.map(({ timeSeconds }) => timeSeconds))).toContain(
      Date.parse('2026-11-20T09:26:53Z') / 1_000,
    );
    expect(events.map(({ metric }) => metric.name).toSorted()).toEqual([
      'Ordered Product',
      'Placed Order',
    ]);
    expect(logged('an identifier was left out')).toMatchObject([
      { identifier: 'phone_number', reason: 'unreadable' },
    ]);
    expect(withheldMetrics('unreadable')).toBe(1);
  }, 180_000);

  test('a location that is null clears each of its members', async () => {
    const customer = { customerId: 'moved-out', email: 'moved-out@example.com' };
    const location = { city: 'Gent', zip: '9000', latitude: 51.05, address1: 'Kouter 1' };
    await send(customerJob({ ...customer, location }));
    expect(byEmail(customer.email)[0]?.location).toMatchObject({ city: 'Gent', zip: '9000' });
    await send(customerJob({ ...customer, location: null }));
    const left = Object.values(byEmail(customer.email)[0]?.location ?? {});
    expect(left.filter((value) => value !== null && value !== undefined)).toEqual([]);
    expect(logged('a job was given up')).toEqual([]);
  }, 180_000);

  test('a time of consent without its history is refused at its place', async () => {
    await send({
      type: 'list.subscribe',
      list: { name: 'Newsletter' },
      person: { email: 'consented@example.com' },
      consentedAt: '2024-11-25T10:00:00+01:00',
    });
    expect(logged('a job was given up')).toMatchObject([
      { reason: 'invalid_message', pointer: '/consentedAt' },
    ]);
  }, 180_000);
});
