import { GetItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createOAuthStateStore } from '../../../shared/connections/oauth-state-store.dynamodb.ts';
import { newOneTimeValue } from '../../../shared/connections/one-time-values.ts';
import { startDynamoDB, type TestDynamoDB } from '../../support/dynamodb.ts';

let dynamodb: TestDynamoDB;
beforeAll(async () => {
  dynamodb = await startDynamoDB();
  await dynamodb.createTable('connections', { sortKey: true });
});
afterAll(() => dynamodb[Symbol.asyncDispose]());

const clock = { nowMs: 1_000_000 };
const store = () =>
  createOAuthStateStore({
    client: dynamodb.client,
    tableName: 'connections',
    now: () => clock.nowMs,
  });

const ticketOf = (lifetimeMs = 1_000) => ({
  connectionId: 'acme',
  expiresAtMs: clock.nowMs + lifetimeMs,
});
const consentOf = () => ({
  ...ticketOf(),
  codeVerifier: 'v'.repeat(43),
  ticketExpiresAtMs: clock.nowMs + 9_000,
});

describe('a ticket', () => {
  test('is redeemed once, with all that was saved', async () => {
    const [ticket, value] = [newOneTimeValue(), ticketOf()];
    await store().saveTicket(ticket, value);
    expect(await store().redeemTicket(ticket)).toEqual({ kind: 'redeemed', value });
    expect(await store().redeemTicket(ticket)).toEqual({ kind: 'unknown' });
  });

  test('is expired from its very millisecond on, whether or not DynamoDB has deleted it', async () => {
    const ticket = newOneTimeValue();
    await store().saveTicket(ticket, ticketOf(0));
    expect(await store().redeemTicket(ticket)).toEqual({ kind: 'expired' });
  });

  test('is left to DynamoDB to delete an hour after its end', async () => {
    const ticket = newOneTimeValue();
    await store().saveTicket(ticket, ticketOf(500));
    const { Items = [] } = await dynamodb.client.send(
      new ScanCommand({ TableName: 'connections' }),
    );
    expect(Items.map((item) => unmarshall(item))).toContainEqual(
      expect.objectContaining({ sk: 'ticket', expiresAt: 1_001 + 3_600 }),
    );
  });

  test('is stored under its hash', async () => {
    const ticket = newOneTimeValue();
    await store().saveTicket(ticket, ticketOf());
    const { Item } = await dynamodb.client.send(
      new GetItemCommand({
        TableName: 'connections',
        Key: { pk: { S: `oauth-ticket#${ticket}` }, sk: { S: 'ticket' } },
      }),
    );
    expect(Item).toBeUndefined();
  });
});

describe('a consent under way', () => {
  test('is redeemed once, with all that was saved', async () => {
    const [state, cookie, value] = [newOneTimeValue(), newOneTimeValue(), consentOf()];
    await store().saveConsent(state, cookie, value);
    expect(await store().redeemConsent(state, cookie)).toEqual({ kind: 'redeemed', value });
    expect(await store().redeemConsent(state, cookie)).toEqual({ kind: 'unknown' });
  });

  test('stays for its own browser when another one asks', async () => {
    const [state, cookie, value] = [newOneTimeValue(), newOneTimeValue(), consentOf()];
    await store().saveConsent(state, cookie, value);
    expect(await store().redeemConsent(state, newOneTimeValue())).toEqual({
      kind: 'other_browser',
    });
    expect(await store().redeemConsent(state, cookie)).toMatchObject({ kind: 'redeemed' });
  });

  test('goes to one of many who ask at once', async () => {
    const [state, cookie] = [newOneTimeValue(), newOneTimeValue()];
    await store().saveConsent(state, cookie, consentOf());
    const results = await Promise.all(
      Array.from({ length: 20 }, () => store().redeemConsent(state, cookie)),
    );
    expect(results.filter(({ kind }) => kind === 'redeemed')).toHaveLength(1);
  });
});
