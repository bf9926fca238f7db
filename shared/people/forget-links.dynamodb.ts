/** Links that led to a profile which is gone. */
import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';

/** Forgets the profile of each link that still leads to it; one that has moved on stays. */
export const createForgetLinks =
  ({ client, tableName }: { readonly client: DynamoDBClient; readonly tableName: string }) =>
  async (linkKeys: readonly string[], profileId: string): Promise<void> => {
    const forget = (pk: string) =>
      client.send(
        new UpdateItemCommand({
          TableName: tableName,
          Key: marshall({ pk }),
          UpdateExpression: 'REMOVE profileId',
          ConditionExpression: 'profileId = :gone',
          ExpressionAttributeValues: marshall({ ':gone': profileId }),
        }),
      );
    await Promise.all(
      linkKeys.map((pk) =>
        forget(pk).catch((error: unknown) => {
          if (!(error instanceof ConditionalCheckFailedException)) throw error;
        }),
      ),
    );
  };
