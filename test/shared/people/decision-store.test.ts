import { BatchWriteItemCommand, DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type {
  ListDecision,
  PersonDecisions,
  ToldConsent,
} from '../../../shared/people/contract/list-decisions.ts';
import {
  createDecisionStore,
  type DecisionStore,
} from '../../../shared/people/decision-store.dynamodb.ts';
import { repeatingClient, startDynamoDB, type TestDynamoDB } from '../../support/dynamodb.ts';

let dynamodb: TestDynamoDB;
let nowMs = Date.parse('2026-11-23T12:00:00Z');
let store: DecisionStore;
let tests = 0;
let key = '';

beforeAll(async () => {
  dynamodb = await startDynamoDB();
  const tableName = await dynamodb.createTable('links');
  store = createDecisionStore({ client: dynamodb.client, tableName, now: () => nowMs });
});
afterAll(() => dynamodb[Symbol.asyncDispose]());
beforeEach(() => {
  tests += 1;
  key = `acme#email#${tests}#decisions`;
});

const decision: ListDecision = {
  kind: 'email',
  listId: 'NEWS01',
  on: true,
  occurredAtMs: 1_000,
  decidedAtMs: 2_000,
  delivery: 'sent',
};
const saying = (...decisions: ListDecision[]): PersonDecisions => ({ decisions, told: [] });
const leased = (person = saying()) => ({ kind: 'leased', person });
const onBehalfOf = (...keys: readonly string[]) =>
  new Map(keys.map((one) => [one, [] as readonly ToldConsent[]]));

describe('the lease of a person’s decisions', () => {
  test('is one writer’s at a time', async () => {
    const leases = await Promise.all([1, 2, 3].map(() => store.lease(onBehalfOf(key))));
    const kinds = leases.map((lease) => lease.get(key)?.kind);
    expect(kinds.toSorted()).toEqual(['busy', 'busy', 'leased']);
  });

  test('is had by whose request for it was repeated because the answer was lost', async () => {
    const client = repeatingClient(dynamodb);
    const repeating = createDecisionStore({ client, tableName: 'links', now: () => nowMs });
    expect((await repeating.lease(onBehalfOf(key))).get(key)).toEqual(leased());
  });

  test('passes on once the decisions are saved', async () => {
    await store.lease(onBehalfOf(key));
    await store.save(new Map([[key, saying(decision)]]));
    expect((await store.lease(onBehalfOf(key))).get(key)).toEqual(leased(saying(decision)));
  });

  test('passes on once its holder must be gone, with what was remembered before', async () => {
    await store.lease(onBehalfOf(key));
    await store.save(new Map([[key, saying(decision)]]));
    await store.lease(onBehalfOf(key));
    nowMs += 119_000;
    expect((await store.lease(onBehalfOf(key))).get(key)).toEqual({ kind: 'busy' });
    nowMs += 1_001;
    expect((await store.lease(onBehalfOf(key))).get(key)).toEqual(leased(saying(decision)));
  });

  test('is had of some people when others are not to be had', async () => {
    await store.lease(onBehalfOf(key));
    const leases = await store.lease(onBehalfOf(key, `${key}2`));
    expect(leases.get(key)).toEqual({ kind: 'busy' });
    expect(leases.get(`${key}2`)).toEqual(leased());
  });
});

test('what somebody meant to tell Klaviyo who died over it counts as told, and so it does after the next', async () => {
  const intents = ([true, false] as const).map((on) => ({
    kind: 'email' as const,
    on,
    fromMs: nowMs,
    untilMs: nowMs + 60_000,
  }));
  for (const intent of intents) {
    await store.lease(new Map([[key, [intent]]]));
    nowMs += 121_000;
  }
  const lease = (await store.lease(onBehalfOf(key))).get(key);
  expect(lease).toEqual(leased({ decisions: [], told: intents }));
  await store.save(new Map([[key, saying(decision)]]));
  expect((await store.lease(onBehalfOf(key))).get(key)).toEqual(leased(saying(decision)));
});

test('a decision that is account-wide names no list', async () => {
  const { listId: _, ...accountWide } = decision;
  await store.lease(onBehalfOf(key));
  await store.save(new Map([[key, saying(accountWide, decision)]]));
  expect((await store.lease(onBehalfOf(key))).get(key)).toEqual(
    leased(saying(accountWide, decision)),
  );
});

test('a thousand people are leased and saved', async () => {
  const keys = Array.from({ length: 1_000 }, (_, index) => `${key}-${index}`);
  const leases = await store.lease(onBehalfOf(...keys));
  expect([...leases.values()].every(({ kind }) => kind === 'leased')).toBe(true);
  await store.save(new Map(keys.map((one) => [one, saying(decision)])));
  expect((await store.lease(onBehalfOf(...keys.slice(998)))).size).toBe(2);
});

describe('before a DynamoDB of the test’s choice', () => {
  const client = new DynamoDBClient({});
  const mock = mockClient(client);
  const mocked = createDecisionStore({ client, tableName: 'links', now: () => nowMs });
  beforeEach(() => void mock.reset());

  test('one failed lease leaves the others', async () => {
    const error = Object.assign(new Error('slow down'), { name: 'ThrottlingException' });
    mock.on(UpdateItemCommand).resolvesOnce({}).rejects(error);
    const leases = await mocked.lease(onBehalfOf('a', 'b'));
    expect([...leases.values()]).toEqual([leased(), { kind: 'failed', error }]);
  });

  test('a repeated request recognises its own lease', async () => {
    mock.on(UpdateItemCommand).resolves({});
    await mocked.lease(onBehalfOf('a'));
    const { ConditionExpression } = mock.commandCalls(UpdateItemCommand)[0]?.args[0].input ?? {};
    expect(ConditionExpression).toContain('leaseOwner = :owner');
  });

  test('decisions age out a month after they were last needed', async () => {
    mock.on(BatchWriteItemCommand).resolves({});
    await mocked.save(new Map([['a', saying(decision)]]));
    const [call] = mock.commandCalls(BatchWriteItemCommand);
    const put = call?.args[0].input.RequestItems?.links?.[0]?.PutRequest?.Item;
    expect(put?.expiresAt).toEqual({ N: String(Math.floor(nowMs / 1_000) + 30 * 86_400) });
    expect(put?.leaseUntilMs).toBeUndefined();
  });

  test('leases take one request a person, saves one for twenty-five', async () => {
    mock.on(UpdateItemCommand).resolves({});
    mock.on(BatchWriteItemCommand).resolves({});
    const keys = Array.from({ length: 100 }, (_, index) => `k${index}`);
    await mocked.lease(onBehalfOf(...keys));
    await mocked.save(new Map(keys.map((one) => [one, saying(decision)])));
    expect(mock.commandCalls(UpdateItemCommand)).toHaveLength(100);
    expect(mock.commandCalls(BatchWriteItemCommand)).toHaveLength(4);
  });
});
