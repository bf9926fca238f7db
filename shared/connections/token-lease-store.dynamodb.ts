/** The leases on tokens in DynamoDB: one item per connection under the sort key `token-lease`. */
import { randomUUID } from 'node:crypto';
import {
  ConditionalCheckFailedException,
  DeleteItemCommand,
  type DynamoDBClient,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { TokenLeases } from './token-lease.ts';

/** A refresh takes at most 12 s and the write after it next to nothing: a holder past this is gone. */
const tokenLeaseMs = 15_000;

export const createTokenLeaseStore = ({
  client,
  tableName,
  now = Date.now,
}: {
  readonly client: Pick<DynamoDBClient, 'send'>;
  readonly tableName: string;
  /** @default the system's clock */
  readonly now?: () => number;
}): TokenLeases => ({
  async take(connectionId) {
    const owner = randomUUID();
    const item = { TableName: tableName, Key: marshall({ pk: connectionId, sk: 'token-lease' }) };
    try {
      await client.send(
        new UpdateItemCommand({
          ...item,
          UpdateExpression: 'SET leaseOwner = :owner, untilMs = :until, expiresAt = :expiresAt',
          // Our own name again: the SDK repeats a write whose answer was lost.
          ConditionExpression: 'attribute_not_exists(pk) OR untilMs <= :now OR leaseOwner = :owner',
          ExpressionAttributeValues: marshall({
            ':owner': owner,
            ':now': now(),
            ':until': now() + tokenLeaseMs,
            ':expiresAt': Math.ceil((now() + tokenLeaseMs) / 1_000),
          }),
        }),
      );
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return undefined;
      throw error;
    }
    return {
      async release(restMs = 0) {
        const ownOnly = { ...item, ConditionExpression: 'leaseOwner = :owner' };
        const values = { ':owner': owner };
        const end =
          restMs === 0
            ? client.send(
                new DeleteItemCommand({ ...ownOnly, ExpressionAttributeValues: marshall(values) }),
              )
            : client.send(
                new UpdateItemCommand({
                  ...ownOnly,
                  UpdateExpression: 'SET untilMs = :until',
                  ExpressionAttributeValues: marshall({ ...values, ':until': now() + restMs }),
                }),
              );
        await end.catch((error) => {
          if (!(error instanceof ConditionalCheckFailedException)) throw error;
        });
      },
    };
  },
});
