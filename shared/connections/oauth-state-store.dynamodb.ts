/**
 * Tickets and consents under way in DynamoDB, each under a key of its own that is a hash: whoever
 * reads the table cannot use them. Redeeming is a conditional delete, so only one of many gets it.
 */
import {
  ConditionalCheckFailedException,
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import * as z from 'zod';
import { hashOf } from './one-time-values.ts';
import type { Found, PendingConsent, Redeemed, Ticket } from './tickets.ts';

export interface OAuthStateStore {
  saveTicket(ticket: string, value: Ticket): Promise<void>;
  /** Looks, and uses nothing up. */
  findTicket(ticket: string): Promise<Found<Ticket>>;
  redeemTicket(ticket: string): Promise<Redeemed<Ticket>>;
  /** `cookie` is what the same browser has to show again. */
  saveConsent(state: string, cookie: string, value: PendingConsent): Promise<void>;
  redeemConsent(state: string, cookie: string): Promise<Redeemed<PendingConsent>>;
}

const ticketItem = z.object({ connectionId: z.string(), expiresAtMs: z.number() });
const consentItem = ticketItem.extend({
  codeVerifier: z.string(),
  ticketExpiresAtMs: z.number(),
});

/** So long after its end an item can still be told from one that never was. */
const keptAfterEndSeconds = 3_600;

const ticketKey = (ticket: string) => ({ pk: `oauth-ticket#${hashOf(ticket)}`, sk: 'ticket' });
const consentKey = (state: string) => ({ pk: `oauth-state#${hashOf(state)}`, sk: 'consent' });

type Key = ReturnType<typeof ticketKey>;

export const createOAuthStateStore = ({
  client,
  tableName,
  now = Date.now,
}: {
  readonly client: Pick<DynamoDBClient, 'send'>;
  readonly tableName: string;
  /** @default the system's clock */
  readonly now?: () => number;
}): OAuthStateStore => {
  const save = async (
    key: Key,
    value: Ticket | (PendingConsent & { readonly cookieHash: string }),
  ) => {
    const expiresAt = Math.ceil(value.expiresAtMs / 1_000) + keptAfterEndSeconds;
    const Item = marshall({ ...value, ...key, expiresAt });
    await client.send(new PutItemCommand({ TableName: tableName, Item }));
  };

  const find = async (key: Key): Promise<Found<Ticket>> => {
    const { Item } = await client.send(
      new GetItemCommand({ TableName: tableName, Key: marshall(key), ConsistentRead: true }),
    );
    if (Item === undefined) return { kind: 'unknown' };
    const value = ticketItem.parse(unmarshall(Item));
    return value.expiresAtMs <= now() ? { kind: 'expired' } : { kind: 'found', value };
  };

  const whyNot = async (key: Key) => {
    const { kind } = await find(key);
    return { kind: kind === 'found' ? 'other_browser' : kind } as const;
  };

  const redeem = async <T>(
    key: Key,
    schema: z.ZodType<T>,
    cookieHash?: string,
  ): Promise<Redeemed<T>> => {
    const ofBrowser = cookieHash === undefined ? '' : ' AND cookieHash = :cookieHash';
    const values = { ':now': now(), ':cookieHash': cookieHash };
    try {
      const { Attributes = {} } = await client.send(
        new DeleteItemCommand({
          TableName: tableName,
          Key: marshall(key),
          ConditionExpression: `expiresAtMs > :now${ofBrowser}`,
          ExpressionAttributeValues: marshall(values, { removeUndefinedValues: true }),
          ReturnValues: 'ALL_OLD',
        }),
      );
      return { kind: 'redeemed', value: schema.parse(unmarshall(Attributes)) };
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return whyNot(key);
      throw error;
    }
  };

  return {
    saveTicket: (ticket, value) => save(ticketKey(ticket), value),
    findTicket: (ticket) => find(ticketKey(ticket)),
    redeemTicket: (ticket) => redeem(ticketKey(ticket), ticketItem),
    saveConsent: (state, cookie, value) =>
      save(consentKey(state), { ...value, cookieHash: hashOf(cookie) }),
    redeemConsent: (state, cookie) => redeem(consentKey(state), consentItem, hashOf(cookie)),
  };
};
