import { expect, test } from 'vitest';
import {
  customerUpsert,
  listsMessage,
  transactionPlaced,
} from '../../../shared/jobs/contract/messages.ts';

const line = { name: 'Tea', quantity: 1, unitPrice: 4 };
const order = (lineIds: readonly string[]) => ({
  connectionId: 'acme',
  type: 'transaction.placed',
  transaction: {
    transactionId: 'T1',
    placedAt: '2026-11-01T12:00:00Z',
    total: 8,
    customer: { customerId: 'c1' },
    lines: lineIds.map((lineId) => ({ ...line, lineId })),
  },
});

test('two lines of one id are refused by the second: Klaviyo would count one of them', () => {
  expect(transactionPlaced.safeParse(order(['1', '2'])).success).toBe(true);
  const { error } = transactionPlaced.safeParse(order(['1', '2', '1']));
  expect(error?.issues).toMatchObject([{ path: ['transaction', 'lines', 2, 'lineId'] }]);
});

const person = { email: 'ada@example.com' };
const pathsOf = (message: Record<string, unknown>) =>
  listsMessage
    .safeParse({ connectionId: 'acme', person, ...message })
    .error?.issues.map(({ path }) => path.join('/'));

test('a time of consent is refused at its place unless it is of history', () => {
  const subscribe = { type: 'list.subscribe', consentedAt: '2024-11-25T10:00:00+01:00' };
  expect(pathsOf(subscribe)).toEqual(['consentedAt']);
  expect(pathsOf({ ...subscribe, historicalImport: false })).toEqual(['consentedAt']);
  expect(pathsOf({ ...subscribe, historicalImport: true })).toBeUndefined();
});

test('an unsubscription needs no list, but where it is from that alone', () => {
  const unsubscribe = { type: 'list.unsubscribe' };
  expect(pathsOf(unsubscribe)).toBeUndefined();
  expect(pathsOf({ ...unsubscribe, scope: 'everywhere' })).toBeUndefined();
  expect(pathsOf({ ...unsubscribe, scope: 'list' })).toEqual(['scope']);
});

test.each([
  ['2000-02-29', undefined],
  ['1900-02-29', ['dateOfBirth']],
  ['29.2.2000', ['dateOfBirth']],
  ['2000-02-29T00:00:00Z', ['dateOfBirth']],
  ['9000-01-01', ['dateOfBirth']],
])('a date of birth is a day that was: %s', (dateOfBirth, refusedAt) => {
  expect(pathsOf({ type: 'list.subscribe', dateOfBirth })).toEqual(refusedAt);
});

test.each([
  [true, true],
  [false, true],
  [['email'], true],
  [['sms', 'email'], true],
  [[], false],
  [['post'], false],
  ['email', false],
])('a customer is subscribed as a whole, not at all, or by channel: %j', (subscribe, isRight) => {
  const job = { connectionId: 'acme', type: 'customer.upsert', customer: { customerId: 'c1' } };
  expect(customerUpsert.safeParse({ ...job, subscribe }).success).toBe(isRight);
});

const upsert = (customer: Record<string, unknown>) =>
  customerUpsert.safeParse({ connectionId: 'acme', type: 'customer.upsert', customer }).data
    ?.customer;

test('what is blank is left out, white space around a value goes, and null stays null', () => {
  expect(
    upsert({
      customerId: ' ts-1\t',
      email: 'ts1@example.com ',
      phoneNumber: '',
      firstName: '  ',
      lastName: null,
      title: ' Dr ',
      externalId: ' ',
      location: { city: ' Delft ', zip: '', region: null, latitude: 52.01 },
      properties: { ' kept ': ' as it is ', blank: '' },
    }),
  ).toEqual({
    customerId: 'ts-1',
    email: 'ts1@example.com',
    lastName: null,
    title: 'Dr',
    location: { city: 'Delft', region: null, latitude: 52.01 },
    properties: { ' kept ': ' as it is ', blank: '' },
  });
  expect(upsert({ customerId: 'c1', location: null })).toEqual({
    customerId: 'c1',
    location: null,
  });
  expect(upsert({ customerId: '  ' })).toBeUndefined();
});

test('an order as other systems write it is read', () => {
  const { data } = transactionPlaced.safeParse({
    connectionId: 'acme',
    type: 'transaction.placed',
    occurredAt: '',
    transaction: {
      transactionId: ' amz-1 ',
      placedAt: ' 2026-11-20T09:26:53.000+0000',
      total: 12.5,
      currency: '',
      discountCode: ' ',
      customer: { email: 'amz1@example.com', phoneNumber: '+1 206-555-0100 ext. 12345' },
      lines: [{ lineId: ' 1', name: ' Mug ', sku: '', quantity: 1, unitPrice: 12.5 }],
      billingAddress: { city: '', zip: ' 98101' },
    },
  });
  expect(data?.transaction).toMatchObject({
    transactionId: ' amz-1 ',
    placedAt: '2026-11-20T09:26:53.000+00:00',
    customer: { email: 'amz1@example.com', unusable: ['phoneNumber'] },
    lines: [{ lineId: ' 1', name: 'Mug', quantity: 1, unitPrice: 12.5 }],
    billingAddress: { zip: '98101' },
  });
  expect(Object.keys(data?.transaction.customer ?? {})).not.toContain('phoneNumber');
  expect([data?.occurredAt, data?.transaction.currency]).toEqual([undefined, undefined]);
});

test('a phone number that is none is refused where it is all, or where the consent is of it', () => {
  const none = { phoneNumber: '12345' };
  const add = { type: 'list.add', list: { name: 'News' } };
  expect(pathsOf({ ...add, person: none })).toEqual(['person/phoneNumber']);
  expect(pathsOf({ ...add, person: { ...person, ...none } })).toBeUndefined();
  const subscribe = { type: 'list.subscribe', person: { ...person, ...none } };
  expect(pathsOf(subscribe)).toBeUndefined();
  expect(pathsOf({ ...subscribe, channels: ['sms'] })).toEqual(['person/phoneNumber']);
  expect(upsert({ customerId: 'c1', phoneNumber: null })?.phoneNumber).toBeNull();
});
