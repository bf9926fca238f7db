/** Accounts that are being forgotten: what is asked for, and how far it is done. */
import {
  ConditionalCheckFailedException,
  DeleteItemCommand,
  type DynamoDBClient,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { deleteItems } from '../platform/batch-requests.dynamodb.ts';
import { type Forgetting, type ForgettingStore, forgetting } from './contract/forgetting.ts';

/** No connection has an id like this. */
const partition = '#forgetting';
const keyOf = (memoryKey: string) => marshall({ pk: partition, sk: memoryKey });

export const createForgettingStore = ({
  client,
  connectionsTable,
  linksTable,
  now = Date.now,
}: {
  readonly client: Pick<DynamoDBClient, 'send'>;
  readonly connectionsTable: string;
  readonly linksTable: string;
  readonly now?: () => number;
}): ForgettingStore => {
  /** Saves how far it is done, where it is still asked for. */
  const goOn = async (
    { memoryKey, askedAtMs }: Forgetting,
    forgotten: number,
    after: string,
  ): Promise<Forgetting | undefined> => {
    const update = new UpdateItemCommand({
      TableName: connectionsTable,
      Key: keyOf(memoryKey),
      UpdateExpression: 'SET #after = :after, forgotten = :forgotten',
      ConditionExpression: 'askedAtMs = :asked',
      ExpressionAttributeNames: { '#after': 'after' },
      ExpressionAttributeValues: marshall({
        ':after': after,
        ':forgotten': forgotten,
        ':asked': askedAtMs,
      }),
    });
    try {
      await client.send(update);
      return { memoryKey, askedAtMs, forgotten, after };
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return undefined;
      throw error;
    }
  };

  const cancel = async (memoryKey: string): Promise<void> => {
    await client.send(
      new DeleteItemCommand({ TableName: connectionsTable, Key: keyOf(memoryKey) }),
    );
  };

  return {
    async ask(memoryKey) {
      const item = { pk: partition, sk: memoryKey, memoryKey, askedAtMs: now() };
      await client.send(new PutItemCommand({ TableName: connectionsTable, Item: marshall(item) }));
    },

    cancel,

    async list() {
      const { Items = [] } = await client.send(
        new QueryCommand({
          TableName: connectionsTable,
          KeyConditionExpression: 'pk = :pk',
          ExpressionAttributeValues: marshall({ ':pk': partition }),
        }),
      );
      return Items.map((item) => forgetting.parse(unmarshall(item)));
    },

    async forgetPage(one) {
      const { Items = [], LastEvaluatedKey } = await client.send(
        new ScanCommand({
          TableName: linksTable,
          FilterExpression: 'begins_with(pk, :prefix)',
          ProjectionExpression: 'pk',
          ExpressionAttributeValues: marshall({ ':prefix': `${one.memoryKey}#` }),
          ...(one.after === undefined ? {} : { ExclusiveStartKey: marshall({ pk: one.after }) }),
        }),
      );
      await deleteItems({ client, tableName: linksTable }, Items);
      const last = LastEvaluatedKey?.pk?.S;
      const forgotten = one.forgotten + Items.length;
      const next = await goOn(one, forgotten, last ?? '');
      if (next === undefined || last !== undefined) return next;
      await cancel(one.memoryKey);
      return undefined;
    },
  };
};
