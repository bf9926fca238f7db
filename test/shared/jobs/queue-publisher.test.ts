import { SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, expect, test } from 'vitest';
import { createQueuePublisher } from '../../../shared/jobs/queue-publisher.sqs.ts';

const sqs = mockClient(SQSClient);
const queueUrl = 'http://127.0.0.1/queue';
const errors: unknown[] = [];
const publish = createQueuePublisher({
  client: new SQSClient({ region: 'eu-west-1' }),
  queueUrl,
  onError: (error) => errors.push(error),
});

beforeEach(() => {
  sqs.reset();
  errors.length = 0;
});

const sentBatches = () =>
  sqs.commandCalls(SendMessageBatchCommand).map(({ args }) => args[0].input.Entries ?? []);

test('messages go out ten to a request, each with its group, delay and attributes', async () => {
  sqs.on(SendMessageBatchCommand).resolves({});
  const messages = Array.from({ length: 25 }, (_, index) => ({
    body: `body ${index}`,
    groupId: 'acme',
    delaySeconds: 5,
    attributes: { failures: '1' },
  }));
  expect(await publish(messages)).toEqual(new Set());
  expect(sentBatches().map((entries) => entries.length)).toEqual([10, 10, 5]);
  expect(sentBatches()[0]?.[0]).toEqual({
    Id: '0',
    MessageBody: 'body 0',
    MessageGroupId: 'acme',
    DelaySeconds: 5,
    MessageAttributes: { failures: { DataType: 'String', StringValue: '1' } },
  });
});

test('text that SQS does not take goes out escaped, and counts as that', async () => {
  sqs.on(SendMessageBatchCommand).resolves({});
  const content = { 'na\ufffeme': 'a\uffffb\u0000c👋' };
  await publish([{ body: JSON.stringify(content) }]);
  const { MessageBody = '' } = sentBatches()[0]?.[0] ?? {};
  // The characters that SQS takes: https://www.w3.org/TR/REC-xml/#charsets
  expect(MessageBody).toMatch(/^[\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]*$/u);
  expect(JSON.parse(MessageBody)).toEqual(content);

  sqs.resetHistory();
  const body = JSON.stringify('\uffff'.repeat(87_381)); // 6 bytes each: two of them fit by 4 bytes
  await publish([{ body }, { body }]);
  await publish([{ body: `${body}     ` }, { body }]);
  expect(sentBatches().map((entries) => entries.length)).toEqual([2, 1, 1]);
});

test('a request never exceeds 1 MiB, counted in bytes', async () => {
  sqs.on(SendMessageBatchCommand).resolves({});
  const body = 'é'.repeat(250_000); // 500,000 bytes: two fit, three do not
  await publish([{ body }, { body }, { body }]);
  expect(sentBatches().map((entries) => entries.length)).toEqual([2, 1]);
});

test('attributes count as well, by name, type and value', async () => {
  sqs.on(SendMessageBatchCommand).resolves({});
  const body = 'x'.repeat(524_288 - 12);
  await publish([{ body, attributes: { reason: '' } }, { body }]); // 6 bytes of name, 6 of type
  await publish([{ body, attributes: { reason: '1' } }, { body: `${body}${'x'.repeat(12)}` }]);
  expect(sentBatches().map((entries) => entries.length)).toEqual([2, 1, 1]);
});

test('what SQS refuses is named by its index, and the rest got through', async () => {
  sqs
    .on(SendMessageBatchCommand)
    .resolves({ Failed: [{ Id: '1', Code: 'InternalError', SenderFault: false }] });
  expect(await publish([{ body: 'a' }, { body: 'b' }, { body: 'c' }])).toEqual(new Set([1]));
  expect(errors).toHaveLength(1);
});

test('a request that fails counts all its messages as not sent, and throws nothing', async () => {
  sqs.on(SendMessageBatchCommand).rejectsOnce(new Error('no network')).resolves({});
  const messages = Array.from({ length: 12 }, () => ({ body: 'x' }));
  expect((await publish(messages)).size).toBe(10);
  expect(errors).toHaveLength(1);
});

test('nothing to send makes no request', async () => {
  expect(await publish([])).toEqual(new Set());
  expect(sentBatches()).toEqual([]);
});
