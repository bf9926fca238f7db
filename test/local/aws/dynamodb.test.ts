import {
  BatchWriteItemCommand,
  ConditionalCheckFailedException,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  ResourceNotFoundException,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { AttributeType, Table } from 'aws-cdk-lib/aws-dynamodb';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type LocalStack, startLocalStack } from '../../support/local-stack.ts';

let local: LocalStack;
const TableName = 'links';

beforeAll(async () => {
  const key = (name: string) => ({ name, type: AttributeType.STRING });
  local = await startLocalStack(({ stack }) => {
    const table = new Table(stack, 'Links', {
      tableName: TableName,
      partitionKey: key('pk'),
      sortKey: key('sk'),
      timeToLiveAttribute: 'expiresAt',
    });
    table.addGlobalSecondaryIndex({ indexName: 'byOwner', partitionKey: key('owner') });
  });
});
afterAll(() => local[Symbol.asyncDispose]());

const keyOf = (pk: string) => ({ pk: { S: pk }, sk: { S: 'settings' } });

test('items are written, conditionally updated and read back at once', async () => {
  await local.dynamodb.send(
    new PutItemCommand({ TableName, Item: { ...keyOf('a'), name: { S: 'Zoë 🛍️' } } }),
  );
  const update = new UpdateItemCommand({
    TableName,
    Key: keyOf('a'),
    UpdateExpression: 'SET leaseUntil = :until ADD version :one',
    ConditionExpression: 'attribute_not_exists(leaseUntil) OR leaseUntil < :now',
    ExpressionAttributeValues: { ':until': { N: '20' }, ':now': { N: '10' }, ':one': { N: '1' } },
    ReturnValues: 'ALL_NEW',
  });
  const { Attributes } = await local.dynamodb.send(update);
  expect(Attributes).toMatchObject({ name: { S: 'Zoë 🛍️' }, version: { N: '1' } });
  await expect(local.dynamodb.send(update)).rejects.toBeInstanceOf(ConditionalCheckFailedException);
});

test('a template’s index can be queried', async () => {
  await local.dynamodb.send(
    new PutItemCommand({ TableName, Item: { ...keyOf('owned'), owner: { S: 'acme' } } }),
  );
  const { Items } = await local.dynamodb.send(
    new QueryCommand({
      TableName,
      IndexName: 'byOwner',
      KeyConditionExpression: '#owner = :owner',
      ExpressionAttributeNames: { '#owner': 'owner' },
      ExpressionAttributeValues: { ':owner': { S: 'acme' } },
    }),
  );
  expect(Items).toEqual([{ ...keyOf('owned'), owner: { S: 'acme' } }]);
});

test('a table that is not there is ResourceNotFoundException', async () => {
  await expect(
    local.dynamodb.send(new GetItemCommand({ TableName: 'nothing', Key: keyOf('a') })),
  ).rejects.toBeInstanceOf(ResourceNotFoundException);
});

/** As a program would that talks to DynamoDB without the SDK, and badly. */
const post = (operation: string, body: string) =>
  fetch(local.aws.endpoint, {
    method: 'POST',
    headers: {
      authorization: 'AWS4-HMAC-SHA256 whatever',
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': `DynamoDB_20120810.${operation}`,
    },
    body,
  });

test.each([
  ['a null key', 'GetItem', { TableName, Key: { pk: null, sk: { S: 'x' } } }],
  ['a null attribute', 'PutItem', { TableName, Item: { ...keyOf('a'), extra: null } }],
  ['a null in a list', 'PutItem', { TableName, Item: { ...keyOf('a'), all: { L: [null] } } }],
  ['a null batch', 'BatchWriteItem', { RequestItems: { [TableName]: null } }],
  ['a null request', 'Scan', null],
])('%s is refused and harms nobody', async (_, operation, body) => {
  const response = await post(operation, JSON.stringify(body));
  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({ __type: expect.stringContaining('Exception') });
  await expect(
    local.dynamodb.send(new PutItemCommand({ TableName, Item: keyOf('a') })),
  ).resolves.toBeDefined();
});

test('what is not JSON is refused', async () => {
  expect((await post('GetItem', '{"TableName":')).status).toBe(400);
});

test('what dynalite would leave out is refused by name', async () => {
  const returning = new PutItemCommand({
    TableName,
    Item: keyOf('a'),
    ConditionExpression: 'attribute_not_exists(pk)',
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
  });
  await expect(local.dynamodb.send(returning)).rejects.toMatchObject({
    name: 'ValidationException',
    message: expect.stringContaining('ReturnValuesOnConditionCheckFailure'),
  });
  const transaction = new TransactWriteItemsCommand({
    TransactItems: [{ Put: { TableName, Item: keyOf('a') } }],
  });
  await expect(local.dynamodb.send(transaction)).rejects.toMatchObject({
    name: 'UnknownOperationException',
    message: expect.stringMatching(/TransactWriteItems; it runs GetItem, PutItem/),
  });
});

test('a batch of writes is one request', async () => {
  const puts = Array.from({ length: 25 }, (_, index) => ({
    PutRequest: { Item: keyOf(`batch ${index}`) },
  }));
  const { UnprocessedItems } = await local.dynamodb.send(
    new BatchWriteItemCommand({ RequestItems: { [TableName]: puts } }),
  );
  expect(UnprocessedItems).toEqual({});
});
