/** `/oauth/connect`: offers a way to Klaviyo, and trades the ticket of a link for it. */
import type { ConnectionSettings, OAuthApp } from '../../shared/connections/contract.ts';
import { isOneTimeValue, newOneTimeValue } from '../../shared/connections/one-time-values.ts';
import type { Found, PendingConsent, Redeemed, Ticket } from '../../shared/connections/tickets.ts';
import { type KlaviyoOAuth, scopes } from '../../shared/klaviyo/index.ts';
import { browserCookie, only, type PageRequest, redirectTo } from './http.ts';
import { toAnswer } from './pages/page.ts';
import { pages } from './pages/pages.ts';
import type { PageResult } from './result.ts';

export interface ConnectOptions {
  readonly findTicket: (ticket: string) => Promise<Found<Ticket>>;
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

const notSetUp = (): PageResult => ({
  name: 'not_set_up',
  answer: toAnswer(pages.notSetUp),
  error: new Error('no OAuth app is stored for this stage'),
});

const linkUsed: PageResult = { name: 'link_used', answer: toAnswer(pages.linkUsed) };

/**
 * Whoever opens the link gets a page with a button, and only the button uses the ticket up:
 * scanners of mail, previews and browsers that fetch ahead open links, and post nothing.
 */
export const createConnect = (options: ConnectOptions) => {
  const { redeemTicket, findTicket, readSettings, readApp, now = Date.now } = options;

  /** The address of Klaviyo's consent page, and what this way there is known by. */
  const wayToKlaviyo = async ({ apiUrl }: ConnectionSettings, { clientId }: OAuthApp) => {
    const [state, codeVerifier] = [newOneTimeValue(), newOneTimeValue()];
    const { redirectUri } = options;
    const consent = { apiUrl, clientId, redirectUri, scopes, state, codeVerifier };
    return { state, codeVerifier, url: await options.authorizeUrl(consent) };
  };

  /** Remembers the browser, and sends it to Klaviyo. */
  const leave = async (way: Awaited<ReturnType<typeof wayToKlaviyo>>, ticket: Ticket) => {
    const { state, codeVerifier, url } = way;
    const cookie = newOneTimeValue();
    await options.saveConsent(state, cookie, {
      connectionId: ticket.connectionId,
      codeVerifier,
      expiresAtMs: now() + consentLifetimeMs,
      ticketExpiresAtMs: ticket.expiresAtMs,
    });
    return redirectTo(url, browserCookie.set(cookie, consentLifetimeMs / 1_000));
  };

  return async (request: PageRequest): Promise<PageResult> => {
    const ticket = only(request.query, 'ticket');
    if (!isOneTimeValue(ticket)) return linkUsed;
    const app = await readApp();
    if (app === undefined) return notSetUp();

    // Another site's button is not ours: whoever was led to press it reads our page first.
    const isPressed = request.method === 'POST' && !request.fromElsewhere;
    const grant = isPressed ? await redeemTicket(ticket) : await findTicket(ticket);
    if (grant.kind === 'expired')
      return { name: 'link_expired', answer: toAnswer(pages.linkExpired) };
    if (grant.kind !== 'redeemed' && grant.kind !== 'found') return linkUsed;
    const { connectionId } = grant.value;
    const settings = await readSettings(connectionId);
    if (settings === undefined)
      return { name: 'connection_gone', answer: toAnswer(pages.connectionGone), connectionId };
    const way = await wayToKlaviyo(settings, app);
    if (isPressed)
      return { name: 'redirected', answer: await leave(way, grant.value), connectionId };
    const answer = toAnswer(pages.offered(connectionId, way.url.origin));
    return { name: 'offered', answer, connectionId };
  };
};
