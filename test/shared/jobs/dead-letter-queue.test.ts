import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageBatchCommand,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, expect, test } from 'vitest';
import { createDeadLetterQueue } from '../../../shared/jobs/dead-letter-queue.sqs.ts';

const sqs = mockClient(SQSClient);
const queue = createDeadLetterQueue({
  client: new SQSClient({ region: 'eu-west-1' }),
  queueUrl: 'http://127.0.0.1/dead-letters',
});

beforeEach(() => sqs.reset());

const receipts = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ receiptHandle: `r-${index}` }));

test('a message comes with its attributes, group and time', async () => {
  sqs.on(ReceiveMessageCommand).resolves({
    Messages: [
      {
        MessageId: 'm-1',
        ReceiptHandle: 'r-1',
        Body: '{}',
        Attributes: { SentTimestamp: '1767225600000', MessageGroupId: 'acme' },
        MessageAttributes: { reason: { DataType: 'String', StringValue: 'gave_up' } },
      },
    ],
  });
  expect(await queue.receive()).toEqual([
    {
      id: 'm-1',
      receiptHandle: 'r-1',
      body: '{}',
      groupId: 'acme',
      sentAtMs: 1_767_225_600_000,
      attributes: { reason: 'gave_up' },
    },
  ]);
});

test('deleting goes ten to a request, and counts what failed', async () => {
  sqs
    .on(DeleteMessageBatchCommand)
    .resolvesOnce({ Failed: [{ Id: '3', Code: 'InternalError', SenderFault: false }] })
    .rejectsOnce(new Error('no network'))
    .resolves({});
  expect(await queue.remove(receipts(25))).toBe(11);
  const sizes = sqs
    .commandCalls(DeleteMessageBatchCommand)
    .map(({ args }) => args[0].input.Entries);
  expect(sizes.map((entries) => entries?.length)).toEqual([10, 10, 5]);
});

test('releasing shows messages at once, and a failure of it is no more than a delay', async () => {
  sqs.on(ChangeMessageVisibilityBatchCommand).rejectsOnce(new Error('no network')).resolves({});
  await queue.release(receipts(12));
  const calls = sqs.commandCalls(ChangeMessageVisibilityBatchCommand);
  expect(calls.map(({ args }) => args[0].input.Entries?.length)).toEqual([10, 2]);
  expect(calls[0]?.args[0].input.Entries?.[0]).toMatchObject({
    ReceiptHandle: 'r-0',
    VisibilityTimeout: 0,
  });
});
