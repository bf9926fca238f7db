import { expect, test } from 'vitest';
import {
  customerUpsert,
  listsMessage,
  transactionPlaced,
} from '../../../shared/contracts/messages.ts';

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
