/** All quota ledgers of a stage, to be looked at: one scan of a table that holds little else. */
import * as z from 'zod';
import { scanItems } from '../platform/pages.dynamodb.ts';
import { parseItem, type StoredItem } from '../platform/stored-item.dynamodb.ts';
import type { Table } from '../platform/table.dynamodb.ts';
import type { Ledger } from './ledger.ts';
import { decodeLedger } from './state-codec.ts';

export interface StoredLedger {
  /** The Klaviyo account, or a connection whose account is not known yet. */
  readonly quotaScope: string;
  readonly endpoint: string;
  readonly ledger: Ledger;
}

const ledgerItem = z.object({ pk: z.string(), s: z.string() });

/** Undefined for what is no ledger of this form, such as the in-use markers beside them. */
const toStoredLedger = (item: StoredItem): StoredLedger | undefined => {
  try {
    const { pk, s } = parseItem(ledgerItem, item, 'a stored ledger');
    const [quotaScope = '', endpoint = '', marker] = pk.split('#');
    if (marker !== undefined) return undefined;
    return { quotaScope, endpoint, ledger: decodeLedger(s) };
  } catch {
    return undefined;
  }
};

export const createListLedgers = (table: Table) =>
  async function* (): AsyncGenerator<StoredLedger, void, void> {
    for await (const item of scanItems(table, { attributes: Object.keys(ledgerItem.shape) })) {
      const ledger = toStoredLedger(item);
      if (ledger !== undefined) yield ledger;
    }
  };
