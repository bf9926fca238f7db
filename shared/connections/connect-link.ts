/** The one-time link with which a merchant connects a Klaviyo account. */

import { isAllowedUrl } from '../klaviyo/index.ts';
import type { ConnectionSettings } from './contract.ts';
import { newOneTimeValue } from './one-time-values.ts';
import type { Ticket } from './tickets.ts';

export interface ConnectLinkOptions {
  readonly readSettings: (connectionId: string) => Promise<ConnectionSettings | undefined>;
  readonly saveTicket: (ticket: string, value: Ticket) => Promise<void>;
  /** The public origin of the HTTP API, without a trailing slash. */
  readonly publicUrl: string;
  /** The stage's `ALLOW_ANY_API_URL`. */
  readonly allowAnyApiUrl: boolean;
  /** @default the system's clock */
  readonly now?: () => number;
}

export interface ConnectLink {
  readonly url: string;
  /** Epoch milliseconds. */
  readonly expiresAtMs: number;
}

/** No link can be made for this connection; the message says why, and what to do. */
export class ConnectLinkError extends Error {
  override readonly name = 'ConnectLinkError';
}

const ticketLifetimeMs = 30 * 60_000;

/** Where a ticket is redeemed. */
export const connectUrl = (publicUrl: string, ticket: string): string =>
  `${publicUrl}/oauth/connect?ticket=${ticket}`;

/**
 * Makes a link that works once, for thirty minutes. Whoever has it can connect an account, so it
 * goes to the merchant alone.
 * @throws ConnectLinkError when there is no such connection, or its credentials would leave Klaviyo.
 */
export const createConnectLink =
  ({
    readSettings,
    saveTicket,
    publicUrl,
    allowAnyApiUrl,
    now = Date.now,
  }: ConnectLinkOptions): ((connectionId: string) => Promise<ConnectLink>) =>
  async (connectionId) => {
    const settings = await readSettings(connectionId);
    if (settings === undefined)
      throw new ConnectLinkError(`there is no connection ${connectionId}: create it first`);
    if (!isAllowedUrl(settings.apiUrl, allowAnyApiUrl))
      throw new ConnectLinkError(`the API URL of connection ${connectionId} is not Klaviyo's`);
    const ticket = newOneTimeValue();
    const expiresAtMs = now() + ticketLifetimeMs;
    await saveTicket(ticket, { connectionId, expiresAtMs });
    return { url: connectUrl(publicUrl, ticket), expiresAtMs };
  };
