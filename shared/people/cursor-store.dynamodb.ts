/** The poll cursors in DynamoDB: in the `connections` table, beside the settings, for each account. */
import { connectionKeys } from '../platform/contract/tables.ts';
import { endOfLease, lease, leasedBy } from '../platform/lease.dynamodb.ts';
import { parseItem } from '../platform/stored-item.dynamodb.ts';
import {
  type Change,
  readItem,
  type Table,
  together,
  updateIf,
} from '../platform/table.dynamodb.ts';
import { type PollCursor, type PollCursors, pollCursor } from './contract/poll-cursor.ts';

export interface CursorStore extends PollCursors {
  /** A cursor without anything in it where the connection was never polled. */
  read(memoryKey: string): Promise<PollCursor>;
}

/** The connections table. */
export interface CursorStoreOptions extends Table {
  /** @default the system's clock */
  readonly now?: () => number;
}

/** Longer than a function runs: who holds it past this is gone. */
const pollLeaseMs = 70_000;

/** That the watermark is still the one that a window was computed from. */
const watermarkIs = (fromMs: number | undefined): Change => ({
  when: fromMs === undefined ? 'attribute_not_exists(watermarkMs)' : 'watermarkMs = :from',
  values: { ':from': fromMs },
});

export const createCursorStore = ({
  now = Date.now,
  ...table
}: CursorStoreOptions): CursorStore => {
  const change = (memoryKey: string, ...changes: readonly Change[]) =>
    updateIf(table, connectionKeys.cursor(memoryKey), together(...changes), 'ALL_NEW');
  const changed = async (memoryKey: string, ...changes: readonly Change[]): Promise<boolean> =>
    (await change(memoryKey, ...changes)) !== undefined;
  const leaseFor = (owner: string) => lease({ owner, nowMs: now(), forMs: pollLeaseMs });
  const parse = (memoryKey: string, item = {}): PollCursor =>
    parseItem(pollCursor, item, `the stored cursor of ${memoryKey}`);

  return {
    read: async (memoryKey) =>
      parse(
        memoryKey,
        await readItem(table, connectionKeys.cursor(memoryKey), { consistent: true }),
      ),
    advance: (memoryKey, fromMs, toMs) =>
      changed(memoryKey, watermarkIs(fromMs), {
        set: 'watermarkMs = :to',
        when: 'attribute_not_exists(begun)',
        values: { ':to': toMs },
      }),
    begin: (memoryKey, owner, fromMs, scan) =>
      changed(memoryKey, leaseFor(owner), watermarkIs(fromMs), {
        set: 'begun = :scan',
        when: 'attribute_not_exists(begun) OR leaseOwner = :owner',
        values: { ':scan': scan },
      }),
    async resume(memoryKey, owner) {
      const item = await change(memoryKey, leaseFor(owner), { when: 'attribute_exists(begun)' });
      return item && parse(memoryKey, item);
    },
    save: (memoryKey, owner, scan) =>
      changed(memoryKey, leasedBy(owner), { set: 'begun = :scan', values: { ':scan': scan } }),
    finish: (memoryKey, owner, watermarkMs) =>
      changed(memoryKey, endOfLease(owner), {
        set: 'watermarkMs = :to',
        remove: 'begun',
        values: { ':to': watermarkMs },
      }),
    async release(memoryKey, owner) {
      await changed(memoryKey, endOfLease(owner));
    },
  };
};
