/** What the processes of the outbound benchmark tell one another. */

export interface KlaviyoOptions {
  readonly accounts: number;
  /** How long each call takes. */
  readonly latencyMs: number;
}

export interface KlaviyoReport {
  readonly refused: number;
}

export const connectionIdOf = (account: number): string => `shop-${account}`;
export const accountIdOf = (account: number): string => `A${String(account).padStart(5, '0')}`;
export const keyOf = (account: number): string => `pk_account_${account}`;

/** The list that every account has. */
export const listOf = { id: 'NEWSLT', name: 'Newsletter' } as const;

/** A job of the naive consumer: the one request that it makes. */
export interface NaiveJob {
  readonly account: number;
  readonly path: string;
  readonly body: unknown;
}
