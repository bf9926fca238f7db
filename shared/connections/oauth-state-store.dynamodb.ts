/**
 * Tickets and consents under way in DynamoDB, each under a key of its own that is a hash: whoever
 * reads the table cannot use them. Redeeming is a conditional delete, so only one of many gets it.
 */
import * as z from 'zod';
import { hashOf } from '../platform/contract/hash-of.ts';
import { connectionKeys } from '../platform/contract/tables.ts';
import { type Key, parseItem } from '../platform/stored-item.dynamodb.ts';
import { deleteItem, putItem, readItem, type Table } from '../platform/table.dynamodb.ts';
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

export const createOAuthStateStore = ({
  now = Date.now,
  ...table
}: Table & {
  /** @default the system's clock */
  readonly now?: () => number;
}): OAuthStateStore => {
  const save = async (
    key: Key,
    value: Ticket | (PendingConsent & { readonly cookieHash: string }),
  ) => {
    const expiresAt = Math.ceil(value.expiresAtMs / 1_000) + keptAfterEndSeconds;
    await putItem(table, { ...value, ...key, expiresAt });
  };

  const find = async (key: Key): Promise<Found<Ticket>> => {
    const item = await readItem(table, key, { consistent: true });
    if (item === undefined) return { kind: 'unknown' };
    const value = parseItem(ticketItem, item, 'the stored right to connect');
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
    const condition = {
      when: `expiresAtMs > :now${ofBrowser}`,
      values: { ':now': now(), ':cookieHash': cookieHash },
    };
    const item = await deleteItem(table, key, condition, 'ALL_OLD');
    if (item === undefined) return whyNot(key);
    return { kind: 'redeemed', value: parseItem(schema, item, 'the stored right to connect') };
  };

  return {
    saveTicket: (ticket, value) => save(connectionKeys.ticket(ticket), value),
    findTicket: (ticket) => find(connectionKeys.ticket(ticket)),
    redeemTicket: (ticket) => redeem(connectionKeys.ticket(ticket), ticketItem),
    saveConsent: (state, cookie, value) =>
      save(connectionKeys.consent(state), { ...value, cookieHash: hashOf(cookie) }),
    redeemConsent: (state, cookie) =>
      redeem(connectionKeys.consent(state), consentItem, hashOf(cookie)),
  };
};
