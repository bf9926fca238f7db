import {
  BatchGetItemCommand,
  BatchWriteItemCommand,
  DynamoDBClient,
} from '@aws-sdk/client-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import { describe, expect, test } from 'vitest';
import { readItems, writeItems } from '../../../shared/platform/batch-requests.dynamodb.ts';

const keyOf = (n: number) => ({ pk: { S: String(n) } });
const keys = ['1', '2', '3'].map((pk) => ({ pk }));

const setUp = () => {
  const dynamodb = mockClient(DynamoDBClient);
  const client = new DynamoDBClient({ region: 'eu-west-1' });
  return { dynamodb, table: { client, tableName: 'links' } };
};

describe('what DynamoDB leaves undone', () => {
  test('is read in the end', async () => {
    const { dynamodb, table } = setUp();
    dynamodb
      .on(BatchGetItemCommand)
      .resolvesOnce({
        Responses: { links: [keyOf(1)] },
        UnprocessedKeys: { links: { Keys: [keyOf(2), keyOf(3)] } },
      })
      .resolves({ Responses: { links: [keyOf(2), keyOf(3)] } });
    expect(await readItems(table, keys, ['pk'])).toEqual([1, 2, 3].map(keyOf));
    const [, second] = dynamodb.commandCalls(BatchGetItemCommand);
    expect(second?.args[0].input.RequestItems?.links?.Keys).toEqual([keyOf(2), keyOf(3)]);
  });

  test('is written in the end', async () => {
    const { dynamodb, table } = setUp();
    const left = [{ PutRequest: { Item: keyOf(3) } }];
    dynamodb
      .on(BatchWriteItemCommand)
      .resolvesOnce({ UnprocessedItems: { links: left } })
      .resolves({});
    await writeItems(table, keys);
    const [, second] = dynamodb.commandCalls(BatchWriteItemCommand);
    expect(second?.args[0].input.RequestItems?.links).toEqual(left);
  });

  test('time after time ends as an error that passes, so that jobs come back', async () => {
    const { dynamodb, table } = setUp();
    const left = [{ PutRequest: { Item: keyOf(3) } }];
    dynamodb.on(BatchWriteItemCommand).resolves({ UnprocessedItems: { links: left } });
    await expect(writeItems(table, keys)).rejects.toMatchObject({
      name: 'PassingError',
      retryable: true,
    });
    expect(dynamodb.commandCalls(BatchWriteItemCommand).length).toBe(6);
  });
});
