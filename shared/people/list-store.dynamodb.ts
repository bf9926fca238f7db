/** The names of an account's lists, kept beside the connection's settings. */
import { type DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { ofAccount } from '../connections/contract.ts';
import { type CachedLists, cachedLists } from './contract/list-decisions.ts';

export interface ListStore {
  read(memoryKey: string): Promise<CachedLists | undefined>;
  write(memoryKey: string, lists: CachedLists): Promise<void>;
}

const keyOf = (memoryKey: string) => ofAccount('lists', memoryKey);

export const createListStore = ({
  client,
  tableName,
}: {
  readonly client: Pick<DynamoDBClient, 'send'>;
  readonly tableName: string;
}): ListStore => ({
  async read(memoryKey) {
    const { Item } = await client.send(
      new GetItemCommand({ TableName: tableName, Key: marshall(keyOf(memoryKey)) }),
    );
    return Item === undefined ? undefined : cachedLists.parse(unmarshall(Item));
  },
  async write(memoryKey, lists) {
    await client.send(
      new PutItemCommand({
        TableName: tableName,
        Item: marshall({ ...keyOf(memoryKey), ...lists }),
      }),
    );
  },
});
