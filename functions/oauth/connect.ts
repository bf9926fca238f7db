/** `/oauth/connect`: trades the ticket of a link for a way to Klaviyo. */
import type { ConnectionSettings, OAuthApp } from '../../shared/contracts/connection.ts';
import { type KlaviyoOAuth, scopes } from '../../shared/klaviyo/index.ts';
import type { PendingConsent, Redeemed, Ticket } from '../../shared/oauth/grants.ts';
import { isOneTimeValue, newOneTimeValue } from '../../shared/oauth/one-time.ts';
import { browserCookie, only, type PageRequest, redirectTo } from './http.ts';
import type { Outcome } from './outcome.ts';
import { toAnswer } from './page.ts';
import { pages } from './pages.ts';

export interface ConnectOptions {
  readonly redeemTicket: (ticket: string) => Promise<Redeemed<Ticket>>;
  readonly readSettings: (connectionId: string) => Promise<ConnectionSettings | undefined>;
  readonly readApp: () => Promise<OAuthApp | undefined>;
  readonly saveConsent: (state: string, cookie: string, value: PendingConsent) => Promise<void>;
  readonly authorizeUrl: KlaviyoOAuth['authorizeUrl'];
  readonly redirectUri: string;
  /** @default the system's clock */
  readonly now?: (() => number) | undefined;
}

const consentLifetimeMs = 10 * 60_000;

/**
 * Programs that open links to show a preview of them say so. They must not use up the ticket. Cubot
 * makes telephones.
 */
const previewer = /(?<!\bcu)bot\b|crawler|spider|preview|externalhit|unfurl|whatsapp/i;

const notSetUp = (): Outcome => ({
  name: 'not_set_up',
  answer: toAnswer(pages.notSetUp),
  error: new Error('no OAuth app is stored for this stage'),
});

const linkUsed: Outcome = { name: 'link_used', answer: toAnswer(pages.linkUsed) };

export const createConnect = (options: ConnectOptions) => {
  const { redeemTicket, readSettings, readApp, now = Date.now } = options;

  /** Remembers the browser, and sends it to Klaviyo. */
  const leave = async (settings: ConnectionSettings, app: OAuthApp, ticket: Ticket) => {
    const { apiUrl, connectionId } = settings;
    const [state, cookie, codeVerifier] = [newOneTimeValue(), newOneTimeValue(), newOneTimeValue()];
    const { clientId } = app;
    const { redirectUri } = options;
    const consent = { apiUrl, clientId, redirectUri, scopes, state, codeVerifier };
    const url = await options.authorizeUrl(consent);
    await options.saveConsent(state, cookie, {
      connectionId,
      codeVerifier,
      expiresAtMs: now() + consentLifetimeMs,
      ticketExpiresAtMs: ticket.expiresAtMs,
    });
    return redirectTo(url, browserCookie.set(cookie, consentLifetimeMs / 1_000));
  };

  return async (request: PageRequest): Promise<Outcome> => {
    const ticket = only(request.query, 'ticket');
    if (!isOneTimeValue(ticket)) return linkUsed;
    if (previewer.test(request.userAgent))
      return { name: 'not_opened', answer: toAnswer(pages.openYourself) };
    const app = await readApp();
    if (app === undefined) return notSetUp();

    const redeemed = await redeemTicket(ticket);
    if (redeemed.kind === 'expired')
      return { name: 'link_expired', answer: toAnswer(pages.linkExpired) };
    if (redeemed.kind !== 'redeemed') return linkUsed;
    const { connectionId } = redeemed.value;
    const settings = await readSettings(connectionId);
    if (settings === undefined)
      return { name: 'connection_gone', answer: toAnswer(pages.connectionGone), connectionId };
    const answer = await leave(settings, app, redeemed.value);
    return { name: 'redirected', answer, connectionId };
  };
};
