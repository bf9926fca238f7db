import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import {
  type CsvOptions,
  csvSource,
  readColumns,
} from '../../../../bin/bridge/customers/csv-source.ts';
import type { Entry } from '../../../../bin/bridge/jobs/entry.ts';

const folder = mkdtempSync(join(tmpdir(), 'csv-source-'));
afterAll(() => rmSync(folder, { recursive: true }));

const usual: CsvOptions = {
  connectionId: 'acme',
  map: {},
  properties: false,
  clearEmpty: false,
  delimiter: ',',
};

const fileOf = (content: string | Buffer) => {
  const path = join(folder, 'customers.csv');
  writeFileSync(path, content);
  return { name: 'customers.csv', path, bytes: Buffer.byteLength(content), isKept: true };
};

const read = async (content: string | Buffer, options: Partial<CsvOptions> = {}) => {
  const entries: Entry[] = [];
  for await (const entry of csvSource(fileOf(content), { ...usual, ...options }).entries())
    entries.push(entry);
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
    'is not UTF-8 text: save the file as "CSV UTF-8"',
    { customerId: '3', firstName: 'Ada' },
  ]);
});

test('a quotation mark out of place is told by its line, and nothing of the row is', async () => {
  const broken = read('customerId,firstName\n1,Ada\n2,"canary"x\n');
  await expect(broken).rejects.toThrow(
    'line 3 of customers.csv has a quotation mark out of place: correct it, nothing was sent',
  );
});

test('a quotation that is never closed is called that', async () => {
  await expect(read('customerId,firstName\n1,"canary\n2,Ada\n')).rejects.toThrow(
    'customers.csv ends within a quotation, which is never closed: correct it, nothing was sent',
  );
});

test('a file without a row has no columns', async () => {
  await expect(readColumns(fileOf(''), usual)).rejects.toThrow('customers.csv is empty');
});

test('the columns are known before a row is read', async () => {
  const { columns, mapping } = await readColumns(fileOf('customerId, Shoe size \n"1"x'), usual);
  expect({ columns, mapping }).toEqual({
    columns: ['customerId', 'Shoe size'],
    mapping: ['customerId', undefined],
  });
});
