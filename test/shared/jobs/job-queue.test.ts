import {
  ChangeMessageVisibilityBatchCommand,
  SendMessageBatchCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, expect, test } from 'vitest';
import { createJobQueue } from '../../../shared/jobs/job-queue.sqs.ts';

const sqs = mockClient(SQSClient);
const errors: unknown[] = [];
const queue = createJobQueue({
  client: new SQSClient({ region: 'eu-west-1' }),
  queueUrl: 'http://127.0.0.1/jobs',
  deadLetterQueueUrl: 'http://127.0.0.1/dead',
  onError: (error) => errors.push(error),
});

beforeEach(() => {
  sqs.reset();
  errors.length = 0;
});

test('each message gets its own visibility timeout, ten to a request', async () => {
  sqs.on(ChangeMessageVisibilityBatchCommand).resolves({});
  await queue.setVisibility(
    Array.from({ length: 11 }, (_, index) => ({
      receiptHandle: `r${index}`,
      waitSeconds: index,
    })),
  );
  const calls = sqs.commandCalls(ChangeMessageVisibilityBatchCommand);
  expect(calls.map(({ args }) => args[0].input.Entries?.length)).toEqual([10, 1]);
  expect(calls[1]?.args[0].input.Entries).toEqual([
    { Id: '0', ReceiptHandle: 'r10', VisibilityTimeout: 10 },
  ]);
});

test('a refused change is reported and throws nothing: the message comes back later', async () => {
  sqs.on(ChangeMessageVisibilityBatchCommand).rejects(new Error('throttled'));
  await queue.setVisibility([{ receiptHandle: 'r', waitSeconds: 1 }]);
  expect(errors).toHaveLength(1);
});

test('copies go to the queue itself, dead letters to theirs', async () => {
  sqs.on(SendMessageBatchCommand).resolves({});
  await queue.sendAgain([{ body: 'copy' }]);
  await queue.sendDeadLetters([{ body: 'dead' }]);
  const sent = sqs
    .commandCalls(SendMessageBatchCommand)
    .map(({ args }) => [args[0].input.QueueUrl, args[0].input.Entries?.[0]?.MessageBody]);
  expect(sent).toEqual([
    ['http://127.0.0.1/jobs', 'copy'],
    ['http://127.0.0.1/dead', 'dead'],
  ]);
});
