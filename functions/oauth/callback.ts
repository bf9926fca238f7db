/** `/oauth/callback`: where Klaviyo sends the browser back, and a connection is completed. */

import { connectUrl } from '../../shared/connections/connect-link.ts';
import type { ConnectionSettings } from '../../shared/connections/contract.ts';
import { isOneTimeValue, newOneTimeValue } from '../../shared/connections/one-time-values.ts';
import type { PendingConsent, Redeemed, Ticket } from '../../shared/connections/tickets.ts';
import type { TokenDeadline } from '../../shared/connections/token-request.ts';
import type { CompleteConnection } from './complete-connection.ts';
import { browserCookie, only, type PageRequest } from './http.ts';
import { type Page, toAnswer } from './pages/page.ts';
import { pages } from './pages/pages.ts';
import type { PageResult, PageResultName } from './result.ts';

export interface CallbackOptions {
  readonly redeemConsent: (state: string, cookie: string) => Promise<Redeemed<PendingConsent>>;
  readonly readSettings: (connectionId: string) => Promise<ConnectionSettings | undefined>;
  readonly completeConnection: CompleteConnection;
  readonly saveTicket: (ticket: string, value: Ticket) => Promise<void>;
  readonly publicUrl: string;
  /** @default the system's clock */
  readonly now?: (() => number) | undefined;
}

/** So much of a ticket's time has to be left that starting over makes sense. */
const leastTicketMs = 60_000;

const notRedeemed = {
  unknown: { name: 'consent_unknown', answer: toAnswer(pages.consentUnknown) },
  expired: { name: 'consent_expired', answer: toAnswer(pages.consentExpired) },
  other_browser: { name: 'other_browser', answer: toAnswer(pages.otherBrowser) },
} as const satisfies Record<string, PageResult>;

/** RFC 6749's names for what the person or the server decided, and for mistakes of our own. */
const consentErrors = {
  access_denied: 'declined',
  server_error: 'unavailable',
  temporarily_unavailable: 'unavailable',
  invalid_request: 'not_set_up',
  invalid_scope: 'not_set_up',
  unauthorized_client: 'not_set_up',
  unsupported_response_type: 'not_set_up',
} as const;

const isConsentError = (text: string | undefined): text is keyof typeof consentErrors =>
  text !== undefined && Object.hasOwn(consentErrors, text);

interface Ending {
  readonly name: PageResultName;
  readonly page: Page;
  readonly error?: unknown;
}

export const createCallback = (options: CallbackOptions) => {
  const { redeemConsent, readSettings, completeConnection, now = Date.now } = options;

  /** A fresh ticket for what is left of the old one's time: the browser has proved to be the one. */
  const retryUrlFor = async (consent: PendingConsent): Promise<string | undefined> => {
    const { connectionId, ticketExpiresAtMs } = consent;
    if (ticketExpiresAtMs - now() < leastTicketMs) return undefined;
    const ticket = newOneTimeValue();
    await options.saveTicket(ticket, { connectionId, expiresAtMs: ticketExpiresAtMs });
    return connectUrl(options.publicUrl, ticket);
  };

  /** The consent page's own answer. Only a name that is known is told to anyone. */
  const refusedBy = async (text: string | undefined, consent: PendingConsent): Promise<Ending> => {
    const known = isConsentError(text) ? text : undefined;
    const name = known === undefined ? 'not_set_up' : consentErrors[known];
    const error = new Error(`the consent page answered with ${known ?? 'an unknown error'}`);
    if (name === 'not_set_up') return { name, page: pages.notSetUp, error };
    return { name, page: pages[name](await retryUrlFor(consent)) };
  };

  const conclude = async (
    query: URLSearchParams,
    consent: PendingConsent,
    deadline: TokenDeadline,
  ): Promise<Ending> => {
    const { codeVerifier, connectionId } = consent;
    const settings = await readSettings(connectionId);
    if (settings === undefined) return { name: 'connection_gone', page: pages.connectionGone };
    if (query.has('error')) return refusedBy(only(query, 'error'), consent);
    const code = only(query, 'code');
    if (!code) return { name: 'refused', page: pages.refused(await retryUrlFor(consent)) };
    const result = await completeConnection(settings, { code, codeVerifier }, deadline);
    if (result.name === 'connected')
      return { name: result.name, page: pages.connected(connectionId, result.account) };
    if (result.name === 'not_set_up') return { ...result, page: pages.notSetUp };
    const retryUrl = await retryUrlFor(consent);
    if (result.name === 'other_account')
      return { ...result, page: pages.otherAccount(connectionId, result.account, retryUrl) };
    return { ...result, page: pages[result.name](retryUrl) };
  };

  return async (request: PageRequest, deadline: TokenDeadline): Promise<PageResult> => {
    const state = only(request.query, 'state');
    if (!isOneTimeValue(state)) return notRedeemed.unknown;
    const redeemed = await redeemConsent(state, browserCookie.of(request) ?? '');
    if (redeemed.kind !== 'redeemed') return notRedeemed[redeemed.kind];
    const { name, page, error } = await conclude(request.query, redeemed.value, deadline);
    const { connectionId } = redeemed.value;
    return { name, connectionId, error, answer: toAnswer(page, browserCookie.set('', 0)) };
  };
};
