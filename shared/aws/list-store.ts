/** The names of an account's lists, kept beside the connection's settings. */
import { type DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { type CachedLists, cachedLists } from '../contracts/lists.ts';

export interface ListStore {
  read(connectionId: string): Promise<CachedLists | undefined>;
  write(connectionId: string, lists: CachedLists): Promise<void>;
}

const keyOf = (connectionId: string) => ({ pk: connectionId, sk: 'lists' });

export const createListStore = ({
  client,
  tableName,
}: {
  readonly client: Pick<DynamoDBClient, 'send'>;
  readonly tableName: string;
}): ListStore => ({
  async read(connectionId) {
    const { Item } = await client.send(
      new GetItemCommand({ TableName: tableName, Key: marshall(keyOf(connectionId)) }),
    );
    return Item === undefined ? undefined : cachedLists.parse(unmarshall(Item));
  },
  async write(connectionId, lists) {
    await client.send(
      new PutItemCommand({
        TableName: tableName,
        Item: marshall({ ...keyOf(connectionId), ...lists }),
      }),
    );
  },
});
