import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import {
  type CsvOptions,
  csvSource,
  readColumns,
} from '../../../../bin/bridge/customers/csv-source.ts';
import { dialectOf } from '../../../../bin/bridge/customers/dialect.ts';
import type { Entry } from '../../../../bin/bridge/jobs/entry.ts';

const folder = mkdtempSync(join(tmpdir(), 'csv-source-'));
afterAll(() => rmSync(folder, { recursive: true }));

const usual = { connectionId: 'acme', map: {}, properties: false, types: {}, clearEmpty: false };

const fileOf = (content: string | Buffer) => {
  const path = join(folder, 'customers.csv');
  writeFileSync(path, content);
  return { name: 'customers.csv', path, bytes: Buffer.byteLength(content), isKept: true };
};

const open = async (content: string | Buffer, given: Partial<CsvOptions> = {}) => {
  const file = fileOf(content);
  const dialect = await dialectOf(file, given.delimiter, given.map ?? {});
  const options = { ...usual, ...given, ...dialect };
  return { options, source: csvSource(file, await readColumns(file, options), options) };
};

const read = async (content: string | Buffer, given: Partial<CsvOptions> = {}) => {
  const entries: Entry[] = [];
  for await (const entry of (await open(content, given)).source.entries()) entries.push(entry);
  return entries;
};

const customersOf = (entries: readonly Entry[]) =>
  entries.map((entry) => ('text' in entry ? JSON.parse(entry.text).customer : entry.problem));

test('each row is a customer job, its line being where it begins', async () => {
  const [first, second] = await read(
    '\ufeffcustomerId,firstName,city,occurredAt\r\n1,"Zoë ""Z""\nX",Delft,\r\n\r\n2, Bo ,,2026-01-01T00:00:00Z\r\n',
  );
  expect(first).toMatchObject({ line: 2 });
  expect(JSON.parse((first as { text: string }).text)).toEqual({
    connectionId: 'acme',
    type: 'customer.upsert',
    customer: { customerId: '1', firstName: 'Zoë "Z"\nX', location: { city: 'Delft' } },
  });
  expect(second).toMatchObject({ line: 5 });
  expect(JSON.parse((second as { text: string }).text)).toEqual({
    connectionId: 'acme',
    type: 'customer.upsert',
    occurredAt: '2026-01-01T00:00:00Z',
    customer: { customerId: '2', firstName: 'Bo' },
  });
});

test('an empty cell leaves its field alone, or clears it where that is asked for', async () => {
  const content = 'customerId,email,city,profileId,Points\n1,,,,\n';
  expect(customersOf(await read(content, { properties: true }))).toEqual([{ customerId: '1' }]);
  expect(customersOf(await read(content, { properties: true, clearEmpty: true }))).toEqual([
    { customerId: '1', email: null, location: { city: null }, properties: { Points: null } },
  ]);
});

test('a row of another length and one that is not UTF-8 are broken, and their neighbours are not', async () => {
  const bytes = Buffer.concat([
    Buffer.from('customerId,firstName\n1\n2,Bj'),
    Buffer.from([0xf8]), // ø in Windows' own encoding
    Buffer.from('rk\n3,Ada\n'),
  ]);
  expect(customersOf(await read(bytes))).toEqual([
    'has 1 cell, and there are 2 columns',
    'column "firstName" is not UTF-8 text: save the file as "CSV UTF-8"',
    { customerId: '3', firstName: 'Ada' },
  ]);
});

test('a quotation mark out of place costs its row, and nothing of it is told', async () => {
  const content = 'customerId,firstName\n1,Ada\n2,"canary"x\n3,"Kim"\n4,"Jo "J" Doe"\n';
  expect(customersOf(await read(content))).toEqual([
    { customerId: '1', firstName: 'Ada' },
    'column "firstName" has a quotation mark out of place',
    { customerId: '3', firstName: 'Kim' },
    'column "firstName" has a quotation mark out of place',
  ]);
});

test('a quotation that ends in another row takes the rows between with it, and that is told', async () => {
  const entries = await read('customerId,firstName\n1,"canary\n2,x\n3,"Kim"\n4,Ada\n');
  expect(entries[0]).toEqual({
    line: 2,
    problem: 'column "firstName" has a quotation mark out of place, and takes the row to line 4',
  });
  expect(entries[1]).toMatchObject({ line: 5 });
  expect(entries).toHaveLength(2);
});

test('a quotation that is never closed is called that, with its place', async () => {
  await expect(read('customerId,firstName\n1,Bo\n2,"canary\n3,Ada\n')).rejects.toThrow(
    'customers.csv: after line 2, a quotation in column "firstName" is never closed: correct it, nothing was sent',
  );
  await expect(read('customerId,"firstName\n1,Bo\n')).rejects.toThrow(
    'in the first row, a quotation in column 2 is never closed',
  );
});

test('a row that never ends is not gathered', async () => {
  await expect(
    read(`customerId,firstName\n1,"canary\n${'2,Ada\n'.repeat(400_000)}`),
  ).rejects.toThrow('after line 1, a row is longer than any message may be');
});

test('a file without a row has no columns', async () => {
  await expect(open('')).rejects.toThrow('customers.csv is empty');
  await expect(open('\n,,\n')).rejects.toThrow('customers.csv is empty');
});

test('line ends may be mixed, and lines are counted by what ends them', async () => {
  const content = 'customerId,firstName\r\n1,One\n2,"T\r\nwo"\r\n3,Three\r4,Four\n\r\n5\n';
  const entries = await read(content);
  expect(customersOf(entries)).toEqual([
    { customerId: '1', firstName: 'One' },
    { customerId: '2', firstName: 'T\r\nwo' },
    { customerId: '3', firstName: 'Three' },
    { customerId: '4', firstName: 'Four' },
    'has 1 cell, and there are 2 columns',
  ]);
  expect(entries.map(({ line }) => line)).toEqual([2, 3, 5, 6, 8]);
});

test('a quotation mark within a cell is itself', async () => {
  const content =
    'customerId,firstName\n1,Jack "Joe" Doe\n2,"Lee, Kim"\n3,"""Joe"" Doe"\n4, "Bo"\n';
  expect(customersOf(await read(content)).map(({ firstName }) => firstName)).toEqual([
    'Jack "Joe" Doe',
    'Lee, Kim',
    '"Joe" Doe',
    'Bo',
  ]);
});

test('an empty row is none, also with --clear-empty', async () => {
  const content = 'customerId,email\n1,a@example.com\n,\n\n , \n2,b@example.com\n,,,\n';
  const entries = await read(content, { clearEmpty: true });
  expect(entries.map(({ line }) => line)).toEqual([2, 6]);
});

test.each([
  ['sep=;\r\ncustomerId;first,Name\r\n1;Ann\r\n', ';'],
  ['\ufeff"sep=|"\ncustomerId|firstName\n1|Ann\n', '|'],
  ['customerId;firstName\n1;Ann\n', ';'],
  ['customerId\tfirstName\n1\tAnn\n', '\t'],
  ['"a, b, c";customerId;firstName\nx;1;Ann\n', ';'],
  ['Größe, weit, lang;customerId;firstName\nx;1;Ann\n', ';'],
  ['customerId,firstName\n1,a;b;c;d\n', ','],
])('the delimiter is found: %j', async (content, delimiter) => {
  const { options, source } = await open(content);
  expect(options.delimiter).toBe(delimiter);
  const entries: Entry[] = [];
  for await (const entry of source.entries()) entries.push(entry);
  expect(customersOf(entries)).toMatchObject([{ customerId: '1' }]);
});

test('the delimiter that is given is taken, whatever the file says', async () => {
  const { options } = await open('sep=;\ncustomerId,email\n', { delimiter: ',' });
  expect(options).toMatchObject({ delimiter: ',', firstLine: 2 });
});

test("a shop's export is read as it is meant", async () => {
  const content =
    "Customer ID,Email,Accepts Email Marketing,Default Address Zip,Default Address City,Phone\r\n'71,a@example.com,yes,'12AB,Delft,'+31612345678\r\n'72,b@example.com,no,,Gouda,\r\n";
  const entries = await read(content, { map: { 'Accepts Email Marketing': 'subscribe.email' } });
  expect(entries.map((entry) => 'text' in entry && JSON.parse(entry.text))).toMatchObject([
    {
      customer: {
        customerId: '71',
        phoneNumber: '+31612345678',
        location: { zip: '12AB', city: 'Delft' },
      },
      subscribe: ['email'],
    },
    { customer: { customerId: '72', location: { city: 'Gouda' } } },
  ]);
  expect(entries[1]).not.toHaveProperty('text', expect.stringContaining('subscribe'));
  for (const entry of await read(content))
    expect(entry).not.toHaveProperty('text', expect.stringContaining('subscribe'));
});

test('what the schema finds is told by the column', async () => {
  const { source } = await open('Nr,Mail\n1,x\n', { map: { Nr: 'customerId', Mail: 'email' } });
  expect(source.explain?.('customer.email: is none; customer.lastName: x')).toBe(
    'column "Mail": is none; customer.lastName: x',
  );
});
