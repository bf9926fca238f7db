/** The permits in use, as `status` shows them. */

import { endpoints, ledgerOf, tiers } from '../../../shared/klaviyo/index.ts';
import { livePermits } from '../../../shared/pacing/ledger.ts';
import {
  createListLedgers,
  type StoredLedger,
} from '../../../shared/pacing/quota-ledgers.dynamodb.ts';
import type { OpenedStage } from '../open-stage.ts';
import { shownTime } from '../shown-time.ts';
import type { Cell } from '../terminal.ts';

export interface PermitStatus {
  readonly account: string;
  readonly endpoint: string;
  /** Calls that count against the last minute. */
  readonly used: number;
  /** Klaviyo's own; null where it publishes none. */
  readonly limitPerMinute: number | null;
  /** Klaviyo refused a call: nobody calls before. Null where that is not so. */
  readonly blockedUntil: string | null;
}

const limits = new Map(
  Object.values(endpoints).map((endpoint) => [ledgerOf(endpoint), tiers[endpoint.tier].steady]),
);

const toStatus = ({ quotaScope, endpoint, ledger }: StoredLedger, nowMs: number): PermitStatus => ({
  account: quotaScope,
  endpoint,
  used: livePermits(ledger, nowMs),
  limitPerMinute: limits.get(endpoint) ?? null,
  blockedUntil: ledger.blockedUntilMs > nowMs ? (shownTime(ledger.blockedUntilMs) ?? 'off') : null,
});

/** Of every endpoint that was called within the last minute. */
export const readPermits = async (
  { clients, resources }: OpenedStage,
  nowMs: number,
): Promise<PermitStatus[]> => {
  const list = createListLedgers({ client: clients.dynamodb, tableName: resources.quotasTable });
  const all: PermitStatus[] = [];
  for await (const stored of list()) all.push(toStatus(stored, nowMs));
  return all
    .filter(({ used, blockedUntil }) => used > 0 || blockedUntil !== null)
    .toSorted((a, b) => a.account.localeCompare(b.account) || b.used - a.used);
};

const shownUse = ({ used, limitPerMinute }: PermitStatus): Cell => {
  if (limitPerMinute === null) return String(used);
  const share = used / limitPerMinute;
  const text = `${used} of ${limitPerMinute} (${Math.round(100 * share)} %)`;
  return share > 0.9 ? { text, style: 'yellow' } : text;
};

export const permitRow = (one: PermitStatus): Cell[] => [
  one.account,
  one.endpoint,
  shownUse(one),
  one.blockedUntil === null ? '-' : { text: one.blockedUntil, style: 'yellow' },
];
