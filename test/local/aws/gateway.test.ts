import { request } from 'node:http';
import { LambdaClient, ListFunctionsCommand } from '@aws-sdk/client-lambda';
import { RotateSecretCommand } from '@aws-sdk/client-secrets-manager';
import { PurgeQueueCommand, SQSClient, StartMessageMoveTaskCommand } from '@aws-sdk/client-sqs';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type LocalStack, startLocalStack } from '../../support/local-stack.ts';

let local: LocalStack;
beforeAll(async () => {
  local = await startLocalStack(({ stack }) => new Queue(stack, 'Jobs'));
});
afterAll(() => local[Symbol.asyncDispose]());

test('an operation that is not run is refused by its name, with those that are', async () => {
  const move = new StartMessageMoveTaskCommand({ SourceArn: 'arn:aws:sqs:us-east-1:0:x' });
  await expect(local.sqs.send(move)).rejects.toMatchObject({
    name: 'UnknownOperationException',
    message: expect.stringMatching(/does not run SQS StartMessageMoveTask; it runs SendMessage/),
  });
  await expect(
    local.secrets.send(new RotateSecretCommand({ SecretId: 'x' })),
  ).rejects.toMatchObject({ message: expect.stringContaining('Secrets Manager RotateSecret') });
  await expect(local.lambda.send(new ListFunctionsCommand({}))).rejects.toMatchObject({
    message: expect.stringContaining('it runs Invoke'),
  });
});

test('a parameter that is not known is refused by its name', async () => {
  const body = { QueueUrl: local.queueUrl('Jobs'), MessageBody: 'x', MessageDeduplicationId: 'y' };
  const response = await post('AmazonSQS.SendMessage', JSON.stringify(body));
  expect(response.status).toBe(400);
  expect(await response.text()).toContain('MessageDeduplicationId');
});

const headers = {
  authorization: 'AWS4-HMAC-SHA256 x',
  'content-type': 'application/x-amz-json-1.0',
};
const post = (target: string, body: string) =>
  fetch(local.aws.endpoint, {
    method: 'POST',
    body,
    headers: { ...headers, 'x-amz-target': target },
  });

test('another service is refused with what there is', async () => {
  const response = await post('Kinesis_20131202.PutRecord', '{}');
  expect(response.status).toBe(400);
  expect(await response.text()).toContain('does not run Kinesis_20131202.PutRecord');
});

test.each(['', 'null', '[]', '{', '"text"', '{"QueueUrl":7}', '{"__proto__":{}}'])(
  'the body %j is refused as the caller’s mistake',
  async (body) => {
    const response = await post('AmazonSQS.SendMessage', body);
    expect(response.status).toBe(400);
    expect(response.headers.get('x-amzn-query-error')).toMatch(/;Sender$/);
  },
);

test('a request above 17 MiB is refused', async () => {
  const response = await post('AmazonSQS.SendMessage', 'x'.repeat(17 * 1024 * 1024 + 1));
  expect(response.status).toBe(413);
});

test('a web page cannot reach the host: without a signature, or under another name', async () => {
  const unsigned = await fetch(local.aws.endpoint, { method: 'POST', body: '{}' });
  expect(unsigned.status).toBe(403);
  const status = await new Promise<number | undefined>((resolve, reject) => {
    const outgoing = request(local.aws.endpoint, { headers: { ...headers, host: 'evil.example' } });
    outgoing.on('response', (incoming) => resolve(incoming.resume().statusCode));
    outgoing.on('error', reject);
    outgoing.end();
  });
  expect(status).toBe(403);
});

test('any SDK finds the host through the environment alone', async () => {
  const saved = { ...process.env };
  Object.assign(process.env, local.aws.environment);
  try {
    const sqs = new SQSClient();
    const QueueUrl = local.queueUrl('Jobs');
    await expect(sqs.send(new PurgeQueueCommand({ QueueUrl }))).resolves.toBeDefined();
    sqs.destroy();
    const lambda = new LambdaClient();
    await expect(lambda.send(new ListFunctionsCommand({}))).rejects.toThrow('local/aws');
    lambda.destroy();
  } finally {
    process.env = saved;
  }
});
