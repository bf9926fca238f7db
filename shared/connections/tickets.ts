/** What is remembered between the steps of connecting, each for a while and for one use. */

/** The right to connect one connection: what the link of `bridge connect` carries. */
export interface Ticket {
  readonly connectionId: string;
  /** Epoch milliseconds. */
  readonly expiresAtMs: number;
}

/** A browser that was sent to Klaviyo, and what is needed when it comes back. */
export interface PendingConsent {
  readonly connectionId: string;
  readonly expiresAtMs: number;
  readonly codeVerifier: string;
  /** When the ticket would have ended: until then the browser may start over. */
  readonly ticketExpiresAtMs: number;
}

/** Why there is nothing to redeem. `unknown` covers what was redeemed before. */
type NotRedeemed = 'unknown' | 'expired' | 'other_browser';

/** What is there for the one who asks, and stays. */
export type Found<T> =
  | { readonly kind: 'found'; readonly value: T }
  | { readonly kind: Exclude<NotRedeemed, 'other_browser'> };

export type Redeemed<T> =
  | { readonly kind: 'redeemed'; readonly value: T }
  | { readonly kind: NotRedeemed };
