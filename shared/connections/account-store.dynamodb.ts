/** Which Klaviyo account a connection belongs to: part of its settings, and never moved. */
import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';

export interface AccountStore {
  /**
   * Binds the connection to an account, by OAuth from now on. False, and nothing changed, where it
   * belongs to another account or does not exist.
   */
  claim(connectionId: string, accountId: string): Promise<boolean>;
  /** Lets the jobs of the connection flow, unless an operator has paused it. */
  open(connectionId: string): Promise<void>;
}

export const createAccountStore = ({
  client,
  tableName,
}: {
  readonly client: Pick<DynamoDBClient, 'send'>;
  readonly tableName: string;
}): AccountStore => {
  const settingsOf = (connectionId: string) => ({
    TableName: tableName,
    Key: marshall({ pk: connectionId, sk: 'settings' }),
  });

  /** Whether the condition held. */
  const update = async (command: UpdateItemCommand): Promise<boolean> => {
    try {
      await client.send(command);
      return true;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return false;
      throw error;
    }
  };

  return {
    claim: (connectionId, accountId) =>
      update(
        new UpdateItemCommand({
          ...settingsOf(connectionId),
          UpdateExpression: 'SET accountId = :accountId, #auth = :oauth',
          ConditionExpression:
            'attribute_exists(pk) AND (attribute_not_exists(accountId) OR accountId = :accountId)',
          ExpressionAttributeNames: { '#auth': 'auth' },
          ExpressionAttributeValues: marshall({ ':accountId': accountId, ':oauth': 'oauth' }),
        }),
      ),
    async open(connectionId) {
      await update(
        new UpdateItemCommand({
          ...settingsOf(connectionId),
          UpdateExpression: 'SET #status = :connected',
          ConditionExpression: 'attribute_exists(pk) AND #status <> :paused',
          ExpressionAttributeNames: { '#status': 'status' },
          ExpressionAttributeValues: marshall({ ':connected': 'connected', ':paused': 'paused' }),
        }),
      );
    },
  };
};
