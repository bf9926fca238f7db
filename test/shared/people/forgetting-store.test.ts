import { PutItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createForgetAccounts } from '../../../functions/poll/forget-accounts.ts';
import type { ConnectionSettings } from '../../../shared/connections/contract.ts';
import type { ForgettingStore } from '../../../shared/people/contract/forgetting.ts';
import { createForgettingStore } from '../../../shared/people/forgetting-store.dynamodb.ts';
import { linkKeys } from '../../../shared/platform/contract/tables.ts';
import { connectionOf } from '../../support/connection.ts';
import { startDynamoDB, type TestDynamoDB } from '../../support/dynamodb.ts';
import { createMemoryLog } from '../../support/memory-log.ts';

const account = 'acme/AcCt01';
let dynamodb: TestDynamoDB;
let store: ForgettingStore;
let nowMs = 0;
const now = () => nowMs;
let linksTable = '';
let round = 0;
let pages = 0;

beforeAll(async () => {
  dynamodb = await startDynamoDB();
});
afterAll(() => dynamodb[Symbol.asyncDispose]());
beforeEach(async () => {
  round += 1;
  nowMs = Date.parse('2026-11-23T12:00:00Z');
  linksTable = await dynamodb.createTable(`links-${round}`);
  const connectionsTable = await dynamodb.createTable(`connections-${round}`, { sortKey: true });
  pages = 0;
  const client = {
    send: ((command: { readonly constructor: { readonly name: string } }) => {
      if (command instanceof ScanCommand) pages += 1;
      return dynamodb.client.send(command as never);
    }) as typeof dynamodb.client.send,
  };
  store = createForgettingStore({ client, connectionsTable, linksTable, now });
});

const put = (pk: string, more: object = {}) =>
  dynamodb.client.send(
    new PutItemCommand({ TableName: linksTable, Item: marshall({ pk, ...more }) }),
  );
const keysLeft = async () => {
  const keys: string[] = [];
  let ExclusiveStartKey: Record<string, never> | undefined;
  do {
    const page = await dynamodb.client.send(
      new ScanCommand({ TableName: linksTable, ExclusiveStartKey }),
    );
    keys.push(...(page.Items ?? []).map((item) => String(unmarshall(item).pk)));
    ExclusiveStartKey = page.LastEvaluatedKey as typeof ExclusiveStartKey;
  } while (ExclusiveStartKey !== undefined);
  return keys.sort();
};
/** So large that the table takes several pages to read. */
const fill = async (count: number) => {
  const filler = 'x'.repeat(100_000);
  await Promise.all(
    Array.from({ length: count }, (_, n) => put(linkKeys.customer(account, `c${n}`), { filler })),
  );
};

const forgetWith = (
  settings: ConnectionSettings | undefined,
  forgetting: ForgettingStore = store,
) => {
  const { logger, lines } = createMemoryLog();
  const forget = createForgetAccounts({
    forgetting,
    readSettings: async () => settings,
    logger,
    now,
  });
  return { lines, run: () => forget(nowMs + 50_000) };
};
const settled = () => {
  nowMs += 120_000;
};

describe('an account whose connection was removed', () => {
  test('is forgotten, and no other', async () => {
    const others = [
      linkKeys.customer('acme/Other1', 'c1'),
      linkKeys.customer('acme2/AcCt01', 'c1'),
      linkKeys.profile('other/AcCt01', 'P1'),
    ];
    for (const key of others) await put(key);
    await put(linkKeys.email(account, 'ann@example.com'));
    await put(linkKeys.published(account, 'P1'));
    await fill(3);
    await store.ask(account);
    settled();
    const { run, lines } = forgetWith(undefined);
    await run();
    expect(await keysLeft()).toEqual(others.toSorted());
    expect(await store.list()).toEqual([]);
    expect(lines.join()).toContain('an account was forgotten');
  });

  test('is forgotten page by page: what was done is not done again', async () => {
    await fill(25);
    await store.ask(account);
    settled();
    const [asked] = await store.list();
    const first = asked && (await store.forgetPage(asked));
    expect(first?.forgotten).toBeGreaterThan(0);
    expect(first?.forgotten).toBeLessThan(25);
    expect(await store.list()).toEqual([first]);
    expect(await keysLeft()).toHaveLength(25 - (first?.forgotten ?? 0));
    await forgetWith(undefined).run();
    expect(await keysLeft()).toEqual([]);
    expect(pages).toBe(3);
  });

  test('is left alone while functions may still write about it', async () => {
    await put(linkKeys.customer(account, 'c1'));
    await store.ask(account);
    await forgetWith(undefined).run();
    expect(await keysLeft()).toHaveLength(1);
  });

  test('is not forgotten where the connection is there again, with the same account', async () => {
    await put(linkKeys.customer(account, 'c1'));
    await store.ask(account);
    settled();
    await forgetWith(connectionOf().settings).run();
    expect([await keysLeft(), await store.list()]).toEqual([
      [linkKeys.customer(account, 'c1')],
      [],
    ]);
  });

  test('is forgotten where the connection has another account now', async () => {
    await put(linkKeys.customer(account, 'c1'));
    await store.ask(account);
    settled();
    await forgetWith(connectionOf({ accountId: 'Other1' }).settings).run();
    expect(await keysLeft()).toEqual([]);
  });

  test('is forgotten no further once that is cancelled', async () => {
    await fill(25);
    await store.ask(account);
    settled();
    const [asked] = await store.list();
    const first = asked && (await store.forgetPage(asked));
    await store.cancel(account);
    expect(first && (await store.forgetPage(first))).toBeUndefined();
    expect(await store.list()).toEqual([]);
    expect((await keysLeft()).length).toBeGreaterThan(0);
  });

  test('waits for the next run where the table cannot be read', async () => {
    await store.ask(account);
    settled();
    const broken = { ...store, forgetPage: () => Promise.reject(new Error('throttled')) };
    const { run, lines } = forgetWith(undefined, broken);
    await run();
    expect(lines.join()).toContain('an account is not forgotten yet');
    expect(await store.list()).toHaveLength(1);
  });
});
