import { afterAll, beforeAll, expect, test } from 'vitest';
import type { WithheldSince } from '../../../shared/people/contract/customer-memory.ts';
import { createCustomerMemory } from '../../../shared/people/customer-memory.dynamodb.ts';
import { createWithheldList } from '../../../shared/people/withheld-list.dynamodb.ts';
import { startDynamoDB, type TestDynamoDB } from '../../support/dynamodb.ts';

let dynamodb: TestDynamoDB;
beforeAll(async () => {
  dynamodb = await startDynamoDB();
});
afterAll(() => dynamodb[Symbol.asyncDispose]());

test('what is withheld is listed and counted by account, until nothing is', async () => {
  const tableName = await dynamodb.createTable('links', { withheldIndex: true });
  const table = { client: dynamodb.client, tableName };
  const memory = createCustomerMemory(table);
  const withheld = createWithheldList(table);
  const save = async (key: string, customerId: string, ...some: WithheldSince[]) => {
    const owner = (await memory.leaseCustomer(key, customerId, undefined)) ?? '';
    await memory.saveCustomer(key, customerId, owner, { profileId: 'P1', withheld: some });
  };
  const email: WithheldSince = { identifier: 'email', reason: 'refused', sinceMs: 1 };
  const phone: WithheldSince = { identifier: 'phone_number', reason: 'taken', sinceMs: 2 };
  await save('acme/A', 'c#1', email, phone);
  await save('acme/A', 'c2', phone);
  await save('acme/A', 'c3');
  await save('acme/B', 'c1', email);

  const list = async () => {
    const all: unknown[] = [];
    for await (const one of withheld.list('acme/A')) all.push(one);
    return all;
  };
  expect(new Set(await list())).toEqual(
    new Set([
      { customerId: 'c#1', ...email },
      { customerId: 'c#1', ...phone },
      { customerId: 'c2', ...phone },
    ]),
  );
  expect(await withheld.count('acme/A')).toBe(2);
  await memory.saveWithheld('acme/A', 'c2', 'P1', []);
  await memory.saveWithheld('acme/A', 'c#1', 'P1', [phone]);
  expect(await list()).toEqual([{ customerId: 'c#1', ...phone }]);
  expect(await withheld.count('acme/C')).toBe(0);
});
