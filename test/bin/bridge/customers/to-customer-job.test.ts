import { expect, test } from 'vitest';
import type { ValueType } from '../../../../bin/bridge/customers/cell-values.ts';
import { type ColumnMapping, mapColumns } from '../../../../bin/bridge/customers/column-mapping.ts';
import { toCustomerJob } from '../../../../bin/bridge/customers/to-customer-job.ts';

const columnsOf = (fields: readonly string[]) => fields.map((field) => ({ name: field, field }));

const jobOf = (...[cells, mapping, clearEmpty = false]: [string[], ColumnMapping, boolean?]) => {
  const made = toCustomerJob(cells, mapping, { connectionId: 'acme', clearEmpty });
  return 'text' in made ? JSON.parse(made.text) : made;
};

const customerOf = (phoneNumber: string) =>
  jobOf(['c-1', phoneNumber], columnsOf(['customerId', 'phoneNumber'])).customer;

test.each([
  ['+31 20 123 4567', '+31201234567'],
  ['+44 (0)20 7946-0958', '+442079460958'],
  ['+1 (415) 555.0100', '+14155550100'],
])('a phone number may be written to be read: %s', (written, phoneNumber) => {
  expect(customerOf(written)).toEqual({ customerId: 'c-1', phoneNumber });
});

test('a number without its country is left as it is, for the schema to judge', () => {
  expect(customerOf('020 123 4567').phoneNumber).toBe('020 123 4567');
});

const cellValue = (field: string, cell: string, type?: ValueType) => {
  const columns = [...columnsOf(['customerId']), { name: 'Column', field, type }];
  const job = jobOf(['c-1', cell], columns);
  const [group = '', inner = ''] = field.split('.');
  if ('problem' in job) return job.problem;
  return field.includes('.') ? job.customer[group]?.[inner] : job.customer[group];
};

test.each([
  ['externalId', "'0042", '0042'],
  ['externalId', "'A-42", 'A-42'],
  ['externalId', '="0042"', '0042'],
  ['location.zip', "'SW1A 1AA", 'SW1A 1AA'],
  ['firstName', '="Jo ""J"" Doe"', 'Jo "J" Doe'],
  ['properties.formula', "'=1+1", '=1+1'],
  ['properties.code', "'0042", '0042'],
  ['lastName', "'t Hooft", "'t Hooft"],
  ['location.city', "'s-Gravenhage", "'s-Gravenhage"],
  ['properties.music', "'90s", "'90s"],
  ['properties.quoted', "''", "''"],
])("of a spreadsheet's marks and what looks like them: %s %s is %s", (field, cell, value) => {
  expect(cellValue(field, cell)).toBe(value);
});

test.each(['1.9143E+18', '1,9143E+18', '2E+15'])('an id that was rounded is refused: %s', (id) => {
  const problem =
    'column "Column" is a number that a spreadsheet has rounded: make the column text there, and export it again';
  expect(cellValue('externalId', id)).toBe(problem);
  expect(cellValue('firstName', id)).toBe(id);
});

test.each([
  ['number', '1815', 1815],
  ['number', '-12.50', -12.5],
  ['number', "'7", 7],
  ['number', ' ', undefined],
  ['number', '1,815', 'column "Column" is no number such as 1815 or -12.5'],
  ['number', '9'.repeat(400), 'column "Column" is no number such as 1815 or -12.5'],
  ['boolean', 'TRUE', true],
  ['boolean', 'no', false],
  ['boolean', '2', 'column "Column" is none of true, false, yes, no, y, n, 1 and 0'],
  ['date', '1990-12-31', '1990-12-31'],
  ['date', '2026-11-20T09:26+0100', '2026-11-20T09:26:00+01:00'],
  [
    'date',
    '1990-02-30',
    'column "Column" is no date such as 1990-12-31, and no time such as 2026-11-20T09:26:53Z',
  ],
  ['text', 'true', 'true'],
] as const)('a property that is a %s: %j is %j', (type, cell, value) => {
  expect(cellValue('properties.it', cell, type)).toBe(value);
});

test.each([
  [
    ['yes', 'yes'],
    ['email', 'sms'],
  ],
  [['TRUE', 'no'], ['email']],
  [['', '1'], ['sms']],
  [['no', ''], undefined],
  [['no', 'no'], undefined],
])('a yes is consent for its channel, and a no is nothing: %j', (cells, subscribe) => {
  const columns = columnsOf(['customerId', 'subscribe.email', 'subscribe.sms']);
  expect(jobOf(['c-1', ...cells], columns, true).subscribe).toEqual(subscribe);
});

test('a word that is neither yes nor no is no consent', () => {
  expect(jobOf(['c-1', 'maybe'], columnsOf(['customerId', 'subscribe.email']))).toEqual({
    problem: 'column "subscribe.email" is none of true, false, yes, no, y, n, 1 and 0',
  });
});

test('columns become members of their own names', () => {
  const fields = ['constructor', 'toString', 'valueOf', 'hasOwnProperty'];
  const properties = fields.map((name) => `properties.${name}`);
  const mapping = columnsOf(['customerId', ...properties, 'location.city']);
  expect(jobOf(['c-1', 'a', 'b', 'c', ''], mapping, true).customer).toEqual({
    customerId: 'c-1',
    properties: { constructor: 'a', toString: 'b', valueOf: 'c', hasOwnProperty: null },
    location: { city: null },
  });
});

test('a row of very many columns takes no longer for each of them', { timeout: 30_000 }, () => {
  const columns = Array.from({ length: 30_000 }, (_, index) => `column ${index}`);
  const mapping = mapColumns(['customerId', ...columns], {
    map: {},
    properties: true,
    types: {},
  });
  const cells = ['c-1', ...columns.map((name) => `of ${name}`)];
  for (let row = 0; row < 5; row += 1) {
    const { properties } = jobOf(cells, mapping).customer;
    expect(Object.keys(properties)).toHaveLength(columns.length);
  }
});
