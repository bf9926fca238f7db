/** Changes to the settings of connections that leave what others change meanwhile alone. */
import {
  ConditionalCheckFailedException,
  DeleteItemCommand,
  type DynamoDBClient,
  QueryCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import type { ConnectionSettings } from './contract.ts';

export interface SettingsChanges {
  /** Sets these settings and no other; false where there is no such connection. */
  set(connectionId: string, settings: Partial<ConnectionSettings>): Promise<boolean>;
  /** Deletes the settings of a connection, and all else that is kept beside them. */
  remove(connectionId: string): Promise<void>;
}

export const createSettingsChanges = (table: {
  readonly client: Pick<DynamoDBClient, 'send'>;
  /** The connections table. */
  readonly tableName: string;
}): SettingsChanges => ({
  async set(connectionId, settings) {
    const changes = Object.entries(settings).filter(([, value]) => value !== undefined);
    const place = (index: number) => `#n${index} = :v${index}`;
    try {
      await table.client.send(
        new UpdateItemCommand({
          TableName: table.tableName,
          Key: marshall({ pk: connectionId, sk: 'settings' }),
          UpdateExpression: `SET ${changes.map((_, index) => place(index)).join(', ')}`,
          ConditionExpression: 'attribute_exists(pk)',
          ExpressionAttributeNames: Object.fromEntries(
            changes.map(([name], index) => [`#n${index}`, name]),
          ),
          ExpressionAttributeValues: marshall(
            Object.fromEntries(changes.map(([, value], index) => [`:v${index}`, value])),
            { removeUndefinedValues: true },
          ),
        }),
      );
      return true;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return false;
      throw error;
    }
  },
  async remove(connectionId) {
    // Settings, cursor, lease and names of lists: a handful, so one page has them all.
    const { Items = [] } = await table.client.send(
      new QueryCommand({
        TableName: table.tableName,
        KeyConditionExpression: 'pk = :pk',
        ExpressionAttributeValues: marshall({ ':pk': connectionId }),
        ProjectionExpression: 'pk, sk',
        ConsistentRead: true,
      }),
    );
    const isSettings = (item: (typeof Items)[number]) => unmarshall(item).sk === 'settings';
    // The settings go last: while they are there, the rest can be removed again.
    for (const Key of Items.toSorted((a, b) => Number(isSettings(a)) - Number(isSettings(b))))
      await table.client.send(new DeleteItemCommand({ TableName: table.tableName, Key }));
  },
});
