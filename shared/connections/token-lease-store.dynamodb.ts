/** The leases on tokens in DynamoDB: an item of its own for each connection. */
import { randomUUID } from 'node:crypto';
import { connectionKeys } from '../platform/contract/tables.ts';
import { lease, leasedBy } from '../platform/lease.dynamodb.ts';
import { deleteItem, type Table, together, updateIf } from '../platform/table.dynamodb.ts';
import type { TokenLeases } from './token-lease.ts';

/** A refresh takes at most 12 s and the write after it next to nothing: a holder past this is gone. */
const tokenLeaseMs = 15_000;

export const createTokenLeaseStore = ({
  now = Date.now,
  ...table
}: Table & {
  /** @default the system's clock */
  readonly now?: () => number;
}): TokenLeases => ({
  async take(connectionId) {
    const owner = randomUUID();
    const key = connectionKeys.tokenLease(connectionId);
    const nowMs = now();
    const expiresAt = Math.ceil((nowMs + tokenLeaseMs) / 1_000);
    const change = together(lease({ owner, nowMs, forMs: tokenLeaseMs, until: 'untilMs' }), {
      set: 'expiresAt = :expiresAt',
      values: { ':expiresAt': expiresAt },
    });
    if ((await updateIf(table, key, change)) === undefined) return undefined;
    return {
      async release(restMs = 0) {
        const rest = { set: 'untilMs = :until', values: { ':until': now() + restMs } };
        if (restMs === 0) await deleteItem(table, key, leasedBy(owner));
        else await updateIf(table, key, together(leasedBy(owner), rest));
      },
    };
  },
});
