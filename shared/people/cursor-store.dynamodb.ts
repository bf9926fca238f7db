/** The poll cursors in DynamoDB: in the `connections` table, beside the settings, for each account. */
import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { ofAccount } from '../connections/contract.ts';
import { parseItem } from '../platform/stored-item.dynamodb.ts';
import { type PollCursor, type PollCursors, pollCursor } from './contract/poll-cursor.ts';

export interface CursorStore extends PollCursors {
  /** A cursor without anything in it where the connection was never polled. */
  read(memoryKey: string): Promise<PollCursor>;
}

export interface CursorStoreOptions {
  readonly client: Pick<DynamoDBClient, 'send'>;
  /** The connections table. */
  readonly tableName: string;
  /** @default the system's clock */
  readonly now?: () => number;
}

/** Longer than a function runs: who holds it past this is gone. */
const scanLeaseMs = 70_000;

const keyOf = (memoryKey: string) => marshall(ofAccount('cursor', memoryKey));

const notLeased =
  '(attribute_not_exists(leaseUntilMs) OR leaseUntilMs < :now OR leaseOwner = :owner)';

/** That the watermark is still the one that a window was computed from. */
const watermarkIs = (fromMs: number | undefined) =>
  fromMs === undefined ? 'attribute_not_exists(watermarkMs)' : 'watermarkMs = :from';

interface Change {
  readonly set?: string;
  readonly remove?: string;
  readonly when: string;
  readonly values: Record<string, unknown>;
}

export const createCursorStore = ({
  client,
  tableName,
  now = Date.now,
}: CursorStoreOptions): CursorStore => {
  /** Changes the item where the condition holds: resolves to it as it is then, else to undefined. */
  const update = async (memoryKey: string, { set, remove, when, values }: Change) => {
    const sets = set === undefined ? [] : [`SET ${set}`];
    const removes = remove === undefined ? [] : [`REMOVE ${remove}`];
    try {
      const { Attributes = {} } = await client.send(
        new UpdateItemCommand({
          TableName: tableName,
          Key: keyOf(memoryKey),
          UpdateExpression: [...sets, ...removes].join(' '),
          ConditionExpression: when,
          ExpressionAttributeValues: marshall(values, { removeUndefinedValues: true }),
          ReturnValues: 'ALL_NEW',
        }),
      );
      return pollCursor.parse(unmarshall(Attributes));
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return undefined;
      throw error;
    }
  };
  const changed = async (memoryKey: string, change: Change): Promise<boolean> =>
    (await update(memoryKey, change)) !== undefined;
  const leaseFor = (owner: string) => ({
    ':owner': owner,
    ':now': now(),
    ':until': now() + scanLeaseMs,
  });

  return {
    async read(memoryKey) {
      const { Item } = await client.send(
        new GetItemCommand({
          TableName: tableName,
          Key: keyOf(memoryKey),
          ConsistentRead: true,
        }),
      );
      return parseItem(pollCursor, Item ?? {}, `the stored cursor of ${memoryKey}`);
    },
    advance: (memoryKey, fromMs, toMs) =>
      changed(memoryKey, {
        set: 'watermarkMs = :to',
        when: `attribute_not_exists(begun) AND ${watermarkIs(fromMs)}`,
        values: { ':from': fromMs, ':to': toMs },
      }),
    begin: (memoryKey, owner, fromMs, scan) =>
      changed(memoryKey, {
        set: 'begun = :scan, leaseOwner = :owner, leaseUntilMs = :until',
        when: `(attribute_not_exists(begun) OR leaseOwner = :owner) AND ${watermarkIs(fromMs)} AND ${notLeased}`,
        values: { ...leaseFor(owner), ':from': fromMs, ':scan': scan },
      }),
    resume: (memoryKey, owner) =>
      update(memoryKey, {
        set: 'leaseOwner = :owner, leaseUntilMs = :until',
        when: `attribute_exists(begun) AND ${notLeased}`,
        values: leaseFor(owner),
      }),
    save: (memoryKey, owner, scan) =>
      changed(memoryKey, {
        set: 'begun = :scan',
        when: 'leaseOwner = :owner',
        values: { ':owner': owner, ':scan': scan },
      }),
    finish: (memoryKey, owner, watermarkMs) =>
      changed(memoryKey, {
        set: 'watermarkMs = :to',
        remove: 'begun, leaseOwner, leaseUntilMs',
        when: 'leaseOwner = :owner',
        values: { ':owner': owner, ':to': watermarkMs },
      }),
    async release(memoryKey, owner) {
      await changed(memoryKey, {
        remove: 'leaseOwner, leaseUntilMs',
        when: 'leaseOwner = :owner',
        values: { ':owner': owner },
      });
    },
  };
};
