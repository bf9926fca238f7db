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
   * Writes the item if the version there is still `expected` (undefined: if there is none), and
   * tells whether it did.
   */
  write(key: string, item: QuotaItem, expected: number | undefined): Promise<boolean>;
}
