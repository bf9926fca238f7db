/** The last words about people and lists in DynamoDB, each person's for one writer at a time. */
import { randomUUID } from 'node:crypto';
import { ConditionalCheckFailedException, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import * as z from 'zod';
import { type ListWord, listWord } from '../contracts/lists.ts';
import { type TableOptions, writeItems } from './batch-requests.ts';

/** What came of asking for the words under a key. */
type WordLease =
  /** Nobody else has them until they are saved. */
  | { readonly kind: 'leased'; readonly words: readonly ListWord[] }
  | { readonly kind: 'busy' }
  | { readonly kind: 'failed'; readonly error: unknown };

export interface WordStore {
  /** Takes the words under each of the keys for the caller alone, where nobody else has them. */
  lease(keys: readonly string[]): Promise<ReadonlyMap<string, WordLease>>;
  /** Remembers the words under leased keys, and ends their leases. */
  save(words: ReadonlyMap<string, readonly ListWord[]>): Promise<void>;
}

/**
 * Twice as long as a function runs: who has a lease past this is gone, and what it sent last has
 * settled at Klaviyo. What is saved needs no condition: within its lease an item has one writer.
 */
const leaseMs = 120_000;
/** Longer than a job or a dead letter lives in SQS: whatever is older comes no more. */
const keptForMs = 30 * 24 * 3_600_000;
/** Fewer than the SDK's 50 connections, which other requests need as well. */
const leasesAtOnce = 40;

const item = z.object({ words: z.array(listWord).default([]) });

export const createWordStore = ({
  now = Date.now,
  ...table
}: TableOptions & { readonly now?: () => number }): WordStore => {
  const expiresAt = () => Math.floor((now() + keptForMs) / 1_000);

  const leaseOne = async (pk: string, owner: string): Promise<WordLease> => {
    const values = {
      ':owner': owner,
      ':until': now() + leaseMs,
      ':now': now(),
      ':expiresAt': expiresAt(),
    };
    try {
      const { Attributes = {} } = await table.client.send(
        new UpdateItemCommand({
          TableName: table.tableName,
          Key: marshall({ pk }),
          UpdateExpression:
            'SET leaseOwner = :owner, leaseUntilMs = :until, expiresAt = :expiresAt',
          // The SDK may repeat a request whose answer was lost: then the lease is its own.
          ConditionExpression:
            'attribute_not_exists(leaseUntilMs) OR leaseUntilMs < :now OR leaseOwner = :owner',
          ExpressionAttributeValues: marshall(values),
          ReturnValues: 'ALL_NEW',
        }),
      );
      return { kind: 'leased', words: item.parse(unmarshall(Attributes)).words };
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return { kind: 'busy' };
      return { kind: 'failed', error };
    }
  };

  return {
    async lease(keys) {
      const owner = randomUUID();
      const leases = new Map<string, WordLease>();
      const rest = [...new Set(keys)].values();
      const drain = async () => {
        for (const key of rest) leases.set(key, await leaseOne(key, owner));
      };
      await Promise.all(Array.from({ length: leasesAtOnce }, drain));
      return leases;
    },

    save: (words) =>
      writeItems(
        table,
        [...words].map(([pk, said]) =>
          marshall({ pk, words: said, expiresAt: expiresAt() }, { removeUndefinedValues: true }),
        ),
      ),
  };
};
