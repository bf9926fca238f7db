/** All connections with the places of their polls: both lie in one partition of one table. */
import { type AttributeValue, type DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import {
  type ConnectionSettings,
  connectionSettings,
  memoryKeyOf,
  ofAccount,
} from '../connections/contract.ts';
import { parseItem } from '../platform/stored-item.dynamodb.ts';
import { type PollCursor, pollCursor } from './contract/poll-cursor.ts';

export interface ListedConnection {
  readonly settings: ConnectionSettings;
  /** Without anything in it where the connection was never polled. */
  readonly cursor: PollCursor;
}

export interface ListPolledConnectionsOptions {
  readonly client: Pick<DynamoDBClient, 'send'>;
  /** The connections table. */
  readonly tableName: string;
  /** Told of a connection whose stored items do not parse: it is left out. */
  readonly onInvalid: (connectionId: string, error: unknown) => void;
}

/** Settings and cursors in the order of the table, in as many requests as it has megabytes. */
async function* itemsOf(
  client: Pick<DynamoDBClient, 'send'>,
  tableName: string,
): AsyncGenerator<Record<string, AttributeValue>, void, void> {
  let ExclusiveStartKey: Record<string, AttributeValue> | undefined;
  do {
    const { Items = [], LastEvaluatedKey } = await client.send(
      new ScanCommand({
        TableName: tableName,
        FilterExpression: 'begins_with(sk, :cursor) OR sk = :settings',
        ExpressionAttributeValues: marshall({ ':cursor': 'cursor/', ':settings': 'settings' }),
        ExclusiveStartKey,
      }),
    );
    yield* Items;
    ExclusiveStartKey = LastEvaluatedKey;
  } while (ExclusiveStartKey !== undefined);
}

/** Reads no item one by one: a thousand connections are a request or two. */
export const createListPolledConnections = ({
  client,
  tableName,
  onInvalid,
}: ListPolledConnectionsOptions) =>
  async function* (): AsyncGenerator<ListedConnection, void, void> {
    let cursors: Record<string, AttributeValue>[] = [];
    for await (const item of itemsOf(client, tableName)) {
      const connectionId = item.pk?.S ?? '';
      // Within a partition items come by sort key: cursors before `settings`.
      if (item.sk?.S !== 'settings') {
        cursors = cursors.filter(({ pk }) => pk?.S === connectionId);
        cursors.push(item);
        continue;
      }
      try {
        const settings = parseItem(
          connectionSettings,
          item,
          `the stored connection ${connectionId}`,
        );
        const { pk, sk } = ofAccount('cursor', memoryKeyOf(settings));
        const place = cursors.find((one) => one.pk?.S === pk && one.sk?.S === sk) ?? {};
        yield {
          settings,
          cursor: parseItem(pollCursor, place, `the stored cursor of ${connectionId}`),
        };
      } catch (error) {
        onInvalid(connectionId, error);
      }
    }
  };
