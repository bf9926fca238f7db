import { expect, test } from 'vitest';
import { mapColumns } from '../../../../bin/bridge/customers/column-mapping.ts';
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

test('columns become members of their own names', () => {
  const fields = ['constructor', 'toString', 'valueOf', 'hasOwnProperty'];
  const mapping = ['customerId', ...fields.map((name) => `properties.${name}`), 'location.city'];
  const options = { connectionId: 'acme', clearEmpty: true };
  expect(JSON.parse(toCustomerJob(['c-1', 'a', 'b', 'c', ''], mapping, options)).customer).toEqual({
    customerId: 'c-1',
    properties: { constructor: 'a', toString: 'b', valueOf: 'c', hasOwnProperty: null },
    location: { city: null },
  });
});

test('a row of very many columns takes no longer for each of them', { timeout: 30_000 }, () => {
  const columns = Array.from({ length: 30_000 }, (_, index) => `column ${index}`);
  const mapping = mapColumns(['customerId', ...columns], { map: {}, properties: true });
  const cells = ['c-1', ...columns.map((name) => `of ${name}`)];
  for (let row = 0; row < 5; row += 1) {
    const text = toCustomerJob(cells, mapping, { connectionId: 'acme', clearEmpty: false });
    expect(Object.keys(JSON.parse(text).customer.properties)).toHaveLength(columns.length);
  }
});
