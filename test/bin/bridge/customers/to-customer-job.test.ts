import { expect, test } from 'vitest';
import { toCustomerJob } from '../../../../bin/bridge/customers/to-customer-job.ts';

const customerOf = (phoneNumber: string) =>
  JSON.parse(
    toCustomerJob(['c-1', phoneNumber], ['customerId', 'phoneNumber'], {
      connectionId: 'acme',
      clearEmpty: false,
    }),
  ).customer;

test.each([
  ['+31 20 123 4567', '+31201234567'],
  ['+44 (0)20 7946-0958', '+442079460958'],
  ['+1 (415) 555.0100', '+14155550100'],
])('a phone number may be written to be read: %s', (written, phoneNumber) => {
  expect(customerOf(written)).toEqual({ customerId: 'c-1', phoneNumber });
});

test('a number without its country is left for the schema to refuse', () => {
  expect(customerOf('020 123 4567').phoneNumber).toBe('0201234567');
});
