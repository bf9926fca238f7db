/** The host as the target of a deployment; `cdk` itself deploys to it in test/local/deploy-check. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  CloudFormationClient,
  CreateChangeSetCommand,
  DeleteStackCommand,
  DescribeStacksCommand,
  ExecuteChangeSetCommand,
} from '@aws-sdk/client-cloudformation';
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { strToU8, zipSync } from 'fflate';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { LocalAws } from '../../../local/aws/local-aws.ts';
import { createAssetsBucket } from '../../../local/aws/s3/assets-bucket.ts';
import { startLocalAws } from '../../../local/aws/start-local-aws.ts';

let aws: LocalAws;
let client: CloudFormationClient;
const settings = () => ({
  endpoint: aws.endpoint,
  region: aws.region,
  credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
});
beforeEach(async () => {
  aws = await startLocalAws({});
  client = new CloudFormationClient(settings());
});
afterEach(async () => {
  client.destroy();
  await aws.close();
});

const StackName = 'shop';

const create = async (Resources: object) => {
  const change = { StackName, ChangeSetName: 'first' };
  const TemplateBody = JSON.stringify({ Resources });
  await client.send(
    new CreateChangeSetCommand({ ...change, ChangeSetType: 'CREATE', TemplateBody }),
  );
  await client.send(new ExecuteChangeSetCommand(change));
  const { Stacks } = await client.send(new DescribeStacksCommand({ StackName }));
  return Stacks?.[0];
};

const tableNames = async () => {
  const dynamodb = new DynamoDBClient(settings());
  const { TableNames } = await dynamodb.send(new ListTablesCommand({}));
  dynamodb.destroy();
  return TableNames;
};

const queue = { Type: 'AWS::SQS::Queue' };
const table = {
  Type: 'AWS::DynamoDB::Table',
  Properties: {
    KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
    AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
  },
};

test('a deleted stack takes its resources along, but for those that its template keeps', async () => {
  const retained = { DeletionPolicy: 'Retain' };
  const stack = await create({
    Gone: queue,
    Kept: { ...queue, ...retained },
    GoneTable: table,
    KeptTable: { ...table, ...retained },
  });
  expect(stack?.StackStatus).toBe('CREATE_COMPLETE');
  expect(Object.keys(aws.queues())).toEqual(['shop-Gone', 'shop-Kept']);

  await client.send(new DeleteStackCommand({ StackName }));
  expect(Object.keys(aws.queues())).toEqual(['shop-Kept']);
  expect(await tableNames()).toEqual(['shop-KeptTable']);
  expect(() => aws.queueDepth('Gone')).toThrow(/nothing is called Gone/);
  const { Stacks } = await client.send(new DescribeStacksCommand({ StackName: stack?.StackId }));
  expect(Stacks?.[0]?.StackStatus).toBe('DELETE_COMPLETE');
  await expect(client.send(new DescribeStacksCommand({ StackName }))).rejects.toThrow(
    'Stack with id shop does not exist',
  );
});

test('a stack that cannot be created says why, and leaves nothing', async () => {
  const fifo = { ...queue, Properties: { FifoQueue: true } };
  const stack = await create({ Queue: queue, Table: table, Line: fifo });
  expect(stack?.StackStatus).toBe('ROLLBACK_COMPLETE');
  expect(stack?.StackStatusReason).toMatch(/shop\/Line.*standard queues alone/s);
  expect(aws.queues()).toEqual({});
  expect(await tableNames()).toEqual([]);
});

test('a change of a stack that exists is refused', async () => {
  await create({ Queue: queue });
  await expect(create({ Queue: queue })).rejects.toThrow('the stack shop exists already');
});

test('an archive is unpacked once, and its folder removed in the end', () => {
  const bucket = createAssetsBucket('assets');
  bucket.put('code.zip', Buffer.from(zipSync({ 'deep/index.mjs': strToU8('code') })));
  const folder = bucket.folderOf('code.zip');
  expect(readFileSync(join(folder, 'deep', 'index.mjs'), 'utf8')).toBe('code');
  expect(bucket.folderOf('code.zip')).toBe(folder);
  bucket.close();
  expect(existsSync(folder)).toBe(false);
});

test('an archive cannot write outside its folder', () => {
  const bucket = createAssetsBucket('assets');
  bucket.put('code.zip', Buffer.from(zipSync({ '../escaped': strToU8('code') })));
  expect(() => bucket.folderOf('code.zip')).toThrow('would leave its folder');
  bucket.close();
});
