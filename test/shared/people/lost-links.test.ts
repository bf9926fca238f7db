import { GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createForgetLinks } from '../../../shared/people/lost-links.dynamodb.ts';
import { startDynamoDB, type TestDynamoDB } from '../../support/dynamodb.ts';

let dynamodb: TestDynamoDB;
beforeAll(async () => {
  dynamodb = await startDynamoDB();
  await dynamodb.createTable('links');
});
afterAll(() => dynamodb[Symbol.asyncDispose]());

const put = (item: Record<string, unknown>) =>
  dynamodb.client.send(new PutItemCommand({ TableName: 'links', Item: marshall(item) }));
const read = async (pk: string) => {
  const request = { TableName: 'links', Key: marshall({ pk }), ConsistentRead: true };
  const { Item } = await dynamodb.client.send(new GetItemCommand(request));
  return Item && unmarshall(Item);
};

test('links that lead to the profile are forgotten, but for where it was; one that has moved on stays, and none is made', async () => {
  await put({ pk: 'a/1#customer#c1', profileId: 'GONE', seenAtMs: 5 });
  await put({ pk: 'a/1#email#e1', profileId: 'NEW', customerId: 'c1' });
  const forget = createForgetLinks({ client: dynamodb.client, tableName: 'links' });
  const keys = ['a/1#customer#c1', 'a/1#email#e1', 'a/1#phone#p1'];
  await forget(keys.map((key) => ({ key, profileId: 'GONE' })));
  expect(await read('a/1#customer#c1')).toEqual({
    pk: 'a/1#customer#c1',
    formerProfileId: 'GONE',
    seenAtMs: 5,
  });
  expect(await read('a/1#email#e1')).toMatchObject({ profileId: 'NEW' });
  expect(await read('a/1#phone#p1')).toBeUndefined();
});
