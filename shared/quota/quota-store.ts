/** Where ledgers are kept: one item each, changed by whoever knows its latest version. */
export interface QuotaItem {
  /** Higher with every change. */
  readonly version: number;
  readonly state: string;
  /** The store may drop the item after that. */
  readonly expiresAtSeconds: number;
  /** The item was copied here from another place, as a restored backup is. */
  readonly restored?: boolean;
}

export interface QuotaStore {
  /** The latest version, never a cached one. */
  read(key: string): Promise<QuotaItem | undefined>;
  /**
   * Writes the item if the version there is still `expected` (undefined: if there is none).
   * Otherwise nothing is changed, and the item that is there comes back.
   */
  write(key: string, item: QuotaItem, expected: number | undefined): Promise<WriteResult>;
}

export type WriteResult =
  | { readonly written: true }
  | { readonly written: false; readonly current: QuotaItem | undefined };
