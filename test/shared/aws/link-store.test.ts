import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createCustomerLinkStore } from '../../../shared/aws/link-store.ts';
import type { CustomerLinks } from '../../../shared/contracts/links.ts';
import { repeatingClient, startDynamoDB, type TestDynamoDB } from '../../support/dynamodb.ts';

let dynamodb: TestDynamoDB;
let nowMs = Date.parse('2026-11-23T12:00:00Z');
let store: CustomerLinks;
let customer = 0;
let customerId = '';

beforeAll(async () => {
  dynamodb = await startDynamoDB();
  const tableName = await dynamodb.createTable('links');
  store = createCustomerLinkStore({ client: dynamodb.client, tableName, now: () => nowMs });
});
afterAll(() => dynamodb[Symbol.asyncDispose]());
beforeEach(() => {
  customer += 1;
  customerId = `c${customer}`;
});

const applied = {
  profileId: 'P1',
  occurredAtMs: 1_000,
  contentHash: 'hash',
  withheld: ['phone_number'],
  ownUpdatedAt: '2026-11-23T12:00:00.123456+00:00',
  email: 'ann@example.com',
};

/** A table that takes leases, and none of the writes that come in batches. */
const startThrottled = (requests: unknown[]) => {
  const client = {
    send: (command: { readonly input: { readonly RequestItems?: unknown } }) => {
      const { RequestItems } = command.input;
      if (RequestItems === undefined) return dynamodb.client.send(command as never);
      requests.push(RequestItems);
      if (requests.length > 50) throw new Error('it never ends');
      return Promise.resolve({ UnprocessedItems: RequestItems });
    },
  } as Pick<typeof dynamodb.client, 'send'>;
  return {
    links: createCustomerLinkStore({ client, tableName: 'links', now: () => nowMs }),
  };
};

const ownerOf = async () => (await store.lease('acme', customerId))?.owner ?? '';

test('DynamoDB that leaves the links undone time after time ends as an error that passes', async () => {
  const requests: unknown[] = [];
  const { links } = startThrottled(requests);
  const owner = (await links.lease('acme', customerId))?.owner ?? '';
  await expect(links.save('acme', customerId, owner, applied)).rejects.toMatchObject({
    name: 'PassingError',
  });
  expect(requests.length).toBeLessThan(20);
});

describe('the lease of a customer', () => {
  test('is one writer’s at a time', async () => {
    const attempts = await Promise.all([1, 2, 3].map(() => store.lease('acme', customerId)));
    expect(attempts.filter((lease) => lease !== undefined)).toHaveLength(1);
  });

  test('passes on once it is released', async () => {
    await store.release('acme', customerId, await ownerOf());
    expect(await store.lease('acme', customerId)).toBeDefined();
  });

  test('passes on once its holder must be gone', async () => {
    const owner = await ownerOf();
    nowMs += 70_001;
    const next = await store.lease('acme', customerId);
    expect(next).toBeDefined();
    await store.save('acme', customerId, owner, applied); // the slow one, back from the dead
    await store.release('acme', customerId, next?.owner ?? '');
    expect((await store.lease('acme', customerId))?.link).toEqual({});
  });

  test('is had by whose request for it was repeated because the answer was lost', async () => {
    const client = repeatingClient(dynamodb);
    const repeating = createCustomerLinkStore({ client, tableName: 'links', now: () => nowMs });
    expect(await repeating.lease('acme', customerId)).toBeDefined();
    expect(await store.lease('acme', customerId)).toBeUndefined();
  });

  test('of one connection does not hold up another’s customer of the same id', async () => {
    await ownerOf();
    expect(await store.lease('other', customerId)).toBeDefined();
  });
});

test('what was applied is found by the next writer', async () => {
  await store.save('acme', customerId, await ownerOf(), applied);
  expect((await store.lease('acme', customerId))?.link).toEqual({
    profileId: 'P1',
    occurredAtMs: 1_000,
    contentHash: 'hash',
    withheld: ['phone_number'],
  });
});

test('a job that changed nothing moves the time on', async () => {
  await store.save('acme', customerId, await ownerOf(), applied);
  await store.release('acme', customerId, await ownerOf(), 2_000);
  expect((await store.lease('acme', customerId))?.link.occurredAtMs).toBe(2_000);
});
