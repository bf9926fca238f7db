import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { Duration } from 'aws-cdk-lib';
import { AttributeType, Table } from 'aws-cdk-lib/aws-dynamodb';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { afterEach, expect, test } from 'vitest';
import type { LocalAwsFaults } from '../../../local/aws/faults.ts';
import { type Definition, type LocalStack, startLocalStack } from '../../support/local-stack.ts';

const source = `
export const handler = async (event) => {
  await new Promise((resolve) => setTimeout(resolve, 20));
  for (const { messageId, body } of event.Records) console.log(JSON.stringify({ messageId, body }));
};
`;

const define = ({ stack, addFunction }: Definition) => {
  const queue = new Queue(stack, 'Jobs', { visibilityTimeout: Duration.seconds(2) });
  const consumer = addFunction('Consumer', source, { timeout: Duration.seconds(2) });
  consumer.addEventSource(new SqsEventSource(queue, { batchSize: 5 }));
  new Table(stack, 'Table', {
    tableName: 'table',
    partitionKey: { name: 'pk', type: AttributeType.STRING },
  });
};

/** A small linear congruential generator: the same numbers in every run. */
const seeded = (): (() => number) => {
  let state = 42;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32;
    return state / 2 ** 32;
  };
};

let local: LocalStack;
afterEach(() => local[Symbol.asyncDispose]());

const start = async (faults: Omit<LocalAwsFaults, 'random'>) => {
  local = await startLocalStack(define, { faults: { random: seeded(), ...faults } });
};

interface Handled {
  readonly messageId: string;
  readonly body: string;
}

test('messages are delivered twice and out of order as often as asked, and none is lost', async () => {
  await start({ deliverTwice: 0.3, deliverOutOfOrder: 0.5 });
  const QueueUrl = local.queueUrl('Jobs');
  const bodies = Array.from({ length: 60 }, (_, index) => `${index}`);
  await Promise.all(
    bodies.map((MessageBody) => local.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody }))),
  );
  await local.aws.idle();
  const handled = local.reports<Handled>();
  expect(new Set(handled.map(({ body }) => body))).toEqual(new Set(bodies));
  expect(new Set(handled.map(({ messageId }) => messageId)).size).toBe(60);
  expect(handled.length).toBeGreaterThan(65);
  expect(handled.length).toBeLessThan(120);
});

test('DynamoDB throttles as often as asked, as an SDK sees it', async () => {
  await start({ throttleDynamoDb: 0.5 });
  const { endpoint, region } = local.aws;
  const credentials = { accessKeyId: 'a', secretAccessKey: 'b' };
  const client = new DynamoDBClient({ endpoint, region, credentials, maxAttempts: 1 });
  const outcomes = await Promise.all(
    Array.from({ length: 40 }, (_, index) =>
      client.send(new PutItemCommand({ TableName: 'table', Item: { pk: { S: `${index}` } } })).then(
        () => 'written',
        (error: Error) => error.name,
      ),
    ),
  );
  client.destroy();
  expect(new Set(outcomes)).toEqual(new Set(['written', 'ProvisionedThroughputExceededException']));
});

test('instances that are killed at any moment lose no message', async () => {
  await start({});
  const QueueUrl = local.queueUrl('Jobs');
  const bodies = Array.from({ length: 40 }, (_, index) => `${index}`);
  for (const [index, MessageBody] of bodies.entries()) {
    await local.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody }));
    if (index % 10 === 9) local.aws.killInstances();
  }
  await local.aws.idle();
  expect(new Set(local.reports<Handled>().map(({ body }) => body))).toEqual(new Set(bodies));
  expect(Object.values(local.aws.functions())[0]?.errors).toBeGreaterThan(0);
});
