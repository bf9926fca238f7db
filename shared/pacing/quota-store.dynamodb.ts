/** The quota ledgers in DynamoDB: one item per key, changed only by who knows its version. */
import * as z from 'zod';
import { parseItem } from '../platform/stored-item.dynamodb.ts';
import { readItem, type Table, updateIf } from '../platform/table.dynamodb.ts';
import type { QuotaStore } from './quota-store.ts';

/** A permit that takes longer to get is of no use any more. */
const requestTimeoutMs = 3_000;

/**
 * `v` the version, `s` the state, `e` when it may be dropped (the table's TTL), and `t` the table
 * that it was written to: a backup is restored into another one, and tells so by it.
 */
const quotaItem = z
  .object({
    v: z.number(),
    s: z.string().catch(''),
    e: z.number().catch(Number.NaN),
    t: z.string().optional().catch(undefined),
  })
  .optional()
  .catch(undefined); // what is no ledger counts as none

export const createQuotaStore = (quotas: Table): QuotaStore => {
  const table = { ...quotas, requestTimeoutMs };
  return {
    async read(key) {
      const item = await readItem(table, { pk: key }, { consistent: true });
      const read = item && parseItem(quotaItem, item, 'a stored ledger');
      if (read === undefined) return undefined;
      const { v, s, e, t } = read;
      return { version: v, state: s, expiresAtSeconds: e, restored: t !== table.tableName };
    },
    async write(key, item, expected) {
      const written = await updateIf(
        table,
        { pk: key },
        {
          set: 'v = :v, s = :s, e = :e, t = :t',
          when: expected === undefined ? 'attribute_not_exists(pk)' : 'v = :expected',
          values: {
            ':v': item.version,
            ':s': item.state,
            ':e': item.expiresAtSeconds,
            ':t': table.tableName,
            ':expected': expected,
          },
        },
      );
      return written !== undefined;
    },
  };
};
