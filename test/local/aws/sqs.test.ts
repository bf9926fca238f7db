import {
  ChangeMessageVisibilityBatchCommand,
  ChangeMessageVisibilityCommand,
  DeleteMessageBatchCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ListQueuesCommand,
  type Message,
  PurgeQueueCommand,
  QueueDoesNotExist,
  ReceiptHandleIsInvalid,
  ReceiveMessageCommand,
  type ReceiveMessageCommandInput,
  SendMessageBatchCommand,
  SendMessageCommand,
  type SendMessageCommandInput,
} from '@aws-sdk/client-sqs';
import { Duration } from 'aws-cdk-lib';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type LocalStack, startLocalStack } from '../../support/local-stack.ts';

let local: LocalStack;
let QueueUrl: string;

beforeAll(async () => {
  local = await startLocalStack(({ stack }) => {
    const deadLetters = new Queue(stack, 'Spent');
    new Queue(stack, 'Jobs', { deadLetterQueue: { queue: deadLetters, maxReceiveCount: 2 } });
    new Queue(stack, 'Slow', { deliveryDelay: Duration.seconds(1) });
    new Queue(stack, 'Small', { maxMessageSizeBytes: 1_024 });
  });
  QueueUrl = local.queueUrl('Jobs');
});
beforeEach(() => local.sqs.send(new PurgeQueueCommand({ QueueUrl })));
afterAll(() => local[Symbol.asyncDispose]());

const send = (input: Partial<SendMessageCommandInput>) =>
  local.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'a job', ...input }));

const receive = async (
  input: Partial<ReceiveMessageCommandInput> = {},
): Promise<readonly Message[]> => {
  const all = { MessageSystemAttributeNames: ['All' as const], MessageAttributeNames: ['All'] };
  const command = new ReceiveMessageCommand({ QueueUrl, ...all, ...input });
  return (await local.sqs.send(command)).Messages ?? [];
};

const receiveOne = async (input: Partial<ReceiveMessageCommandInput> = {}): Promise<Message> => {
  const [message] = await receive({ WaitTimeSeconds: 2, ...input });
  if (message === undefined) throw new Error('there is no message');
  return message;
};

const depth = async (url = QueueUrl) => {
  const command = new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['All'] });
  const { Attributes = {} } = await local.sqs.send(command);
  return [
    Attributes.ApproximateNumberOfMessages,
    Attributes.ApproximateNumberOfMessagesNotVisible,
    Attributes.ApproximateNumberOfMessagesDelayed,
  ].map(Number);
};

test('a message arrives as it was sent, with its attributes and SQS’s own', async () => {
  const before = Date.now();
  const { MessageId } = await send({
    MessageBody: '{"name":"Zoë 🛍️ 名前"}',
    MessageGroupId: 'acme',
    MessageAttributes: {
      reason: { DataType: 'String', StringValue: 'ünïcode' },
      count: { DataType: 'Number', StringValue: '3' },
      bytes: { DataType: 'Binary.gzip', BinaryValue: Uint8Array.of(0, 255, 7) },
    },
  });
  const message = await receiveOne();
  expect(message.MessageId).toBe(MessageId);
  expect(message.Body).toBe('{"name":"Zoë 🛍️ 名前"}');
  expect(message.MessageAttributes).toMatchObject({
    reason: { DataType: 'String', StringValue: 'ünïcode' },
    count: { DataType: 'Number', StringValue: '3' },
    bytes: { DataType: 'Binary.gzip', BinaryValue: Uint8Array.of(0, 255, 7) },
  });
  expect(message.Attributes).toMatchObject({
    ApproximateReceiveCount: '1',
    MessageGroupId: 'acme',
  });
  expect(Number(message.Attributes?.SentTimestamp)).toBeGreaterThanOrEqual(before);
  expect(message.Attributes?.ApproximateFirstReceiveTimestamp).toMatch(/^\d{13}$/);
});

test('the digest of attributes is the one that AWS computes', async () => {
  const MessageAttributes = { timestamp: { DataType: 'Number', StringValue: '1493147359900' } };
  const { MD5OfMessageAttributes } = await send({ MessageAttributes });
  expect(MD5OfMessageAttributes).toBe('235c5c510d26fb653d073faed50ae77c'); // as recorded from AWS
});

test('only the attributes that were asked for come back', async () => {
  const text = { DataType: 'String', StringValue: 'x' };
  await send({ MessageAttributes: { 'shop.id': text, 'shop.name': text, other: text } });
  const message = await receiveOne({
    MessageSystemAttributeNames: ['SentTimestamp'],
    MessageAttributeNames: ['shop.*'],
  });
  expect(Object.keys(message.MessageAttributes ?? {})).toEqual(['shop.id', 'shop.name']);
  expect(Object.keys(message.Attributes ?? {})).toEqual(['SentTimestamp']);
});

test.each([
  ['a control character', 'a\u0001b'],
  ['a vertical tab', '\u000b'],
  ['a noncharacter', 'a\uffff'],
])('%s is refused as invalid contents', async (_, MessageBody) => {
  await expect(send({ MessageBody })).rejects.toMatchObject({ name: 'InvalidMessageContents' });
});

test.each(['\t\n\r', '\u0085', '퟿', '�', '😀', 'e\u0301'])(
  'the text %j is taken and comes back unchanged',
  async (MessageBody) => {
    await send({ MessageBody });
    expect((await receiveOne()).Body).toBe(MessageBody);
  },
);

/** Told another way than the host does it: by XML 1.0's table of code points. */
const isAllowed = (text: string) =>
  [...text].every((character) => {
    const point = character.codePointAt(0) ?? 0;
    const ranges = [
      [9, 10],
      [13, 13],
      [0x20, 0xd7ff],
      [0xe000, 0xfffd],
      [0x10000, 0x10ffff],
    ];
    return ranges.some(([from = 0, to = 0]) => from <= point && point <= to);
  });

test('any Unicode text either comes back unchanged or is refused for a character in it', async () => {
  const text = fc.oneof(
    fc.string({ unit: 'grapheme', minLength: 1 }),
    fc.string({ unit: 'binary', minLength: 1, maxLength: 5 }),
  );
  await fc.assert(
    fc.asyncProperty(text, async (MessageBody) => {
      const outcome = await send({ MessageBody }).then(
        () => 'taken',
        (error: Error) => error.name,
      );
      expect(outcome).toBe(isAllowed(MessageBody) ? 'taken' : 'InvalidMessageContents');
      if (outcome === 'taken') expect((await receiveOne()).Body).toBe(MessageBody);
    }),
    { numRuns: 100 },
  );
});

test('a message of 1 MiB is taken, one byte more is refused', async () => {
  await send({ MessageBody: 'x'.repeat(1_048_576) });
  await expect(send({ MessageBody: 'x'.repeat(1_048_577) })).rejects.toMatchObject({
    name: 'InvalidParameterValue',
    message: expect.stringContaining('shorter than 1048576 bytes'),
  });
});

test('attributes count towards the size of a message', async () => {
  const MessageAttributes = { name: { DataType: 'String', StringValue: 'xyz' } };
  const attributeBytes = 'nameStringxyz'.length;
  const url = local.queueUrl('Small');
  const sendBytes = (bytes: number) =>
    send({ QueueUrl: url, MessageAttributes, MessageBody: 'x'.repeat(bytes - attributeBytes) });
  await expect(sendBytes(1_024)).resolves.toBeDefined();
  await expect(sendBytes(1_025)).rejects.toMatchObject({ name: 'InvalidParameterValue' });
});

test('a batch above 1 MiB in all is refused as a whole', async () => {
  const Entries = ['a', 'b'].map((Id) => ({ Id, MessageBody: 'x'.repeat(600_000) }));
  await expect(local.sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries }))).rejects.toThrow(
    expect.objectContaining({ name: 'BatchRequestTooLong' }),
  );
  expect(await depth()).toEqual([0, 0, 0]);
});

test('one bad entry of a batch fails alone', async () => {
  const Entries = [
    { Id: 'good', MessageBody: 'fine' },
    { Id: 'bad', MessageBody: '\u0000' },
  ];
  const result = await local.sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
  expect(result.Successful).toMatchObject([{ Id: 'good' }]);
  expect(result.Failed).toMatchObject([
    { Id: 'bad', Code: 'InvalidMessageContents', SenderFault: true },
  ]);
});

test.each([
  ['EmptyBatchRequest', []],
  ['TooManyEntriesInBatchRequest', Array.from({ length: 11 }, (_, i) => `${i}`)],
  ['BatchEntryIdsNotDistinct', ['a', 'a']],
  ['InvalidBatchEntryId', ['a b']],
])('a batch is refused with %s', async (name, ids) => {
  const Entries = ids.map((Id) => ({ Id, MessageBody: 'x' }));
  await expect(
    local.sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries })),
  ).rejects.toMatchObject({ name });
});

test('a queue that is not there is QueueDoesNotExist, with the older code too', async () => {
  const url = QueueUrl.replace('Jobs', 'Nowhere');
  const error = await send({ QueueUrl: url }).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(QueueDoesNotExist);
  expect(error).toMatchObject({ Error: { Code: 'AWS.SimpleQueueService.NonExistentQueue' } });
});

test('a receipt handle of nothing is refused', async () => {
  const ReceiptHandle = 'made-up';
  await expect(
    local.sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle })),
  ).rejects.toBeInstanceOf(ReceiptHandleIsInvalid);
});

test('a visibility timeout above 12 hours is refused', async () => {
  await send({});
  const { ReceiptHandle } = await receiveOne();
  const hide = (VisibilityTimeout: number) =>
    local.sqs.send(
      new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout }),
    );
  await expect(hide(43_201)).rejects.toMatchObject({ name: 'InvalidParameterValue' });
  await expect(hide(43_100)).resolves.toBeDefined();
});

test('a received message is hidden, counted in flight, and gone once it is deleted', async () => {
  await send({});
  const { ReceiptHandle } = await receiveOne();
  expect(await receive()).toEqual([]);
  expect(await depth()).toEqual([0, 1, 0]);
  await local.sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
  expect(await depth()).toEqual([0, 0, 0]);
});

test('a message comes back when its visibility timeout ends, to a receiver that waits', async () => {
  const { MessageId } = await send({});
  await receiveOne({ VisibilityTimeout: 1 });
  const startedAt = Date.now();
  const again = await receiveOne({ WaitTimeSeconds: 20 });
  expect(again.MessageId).toBe(MessageId);
  expect(again.Attributes?.ApproximateReceiveCount).toBe('2');
  expect(Date.now() - startedAt).toBeGreaterThan(800);
  expect(Date.now() - startedAt).toBeLessThan(15_000);
});

test('visibility 0 returns messages at once; the earlier handles delete nothing', async () => {
  await send({});
  const first = await receiveOne();
  const Entries = [{ Id: 'a', ReceiptHandle: first.ReceiptHandle, VisibilityTimeout: 0 }];
  await local.sqs.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl, Entries }));
  const second = await receiveOne();
  const deletion = (message: Message) => ({ Id: 'a', ReceiptHandle: message.ReceiptHandle });
  const remove = (message: Message) =>
    local.sqs.send(new DeleteMessageBatchCommand({ QueueUrl, Entries: [deletion(message)] }));
  await remove(first);
  expect(await depth()).toEqual([0, 1, 0]);
  await remove(second);
  expect(await depth()).toEqual([0, 0, 0]);
});

test('a receiver that waits gets a message as soon as it is sent', async () => {
  const waiting = receiveOne({ WaitTimeSeconds: 20 });
  const startedAt = Date.now();
  await send({ MessageBody: 'at last' });
  expect((await waiting).Body).toBe('at last');
  expect(Date.now() - startedAt).toBeLessThan(15_000);
});

test('a receiver that hung up takes no message along', async () => {
  const hangUp = new AbortController();
  const abandoned = local.sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 10 }), {
    abortSignal: hangUp.signal,
  });
  await new Promise((resolve) => setTimeout(resolve, 50));
  hangUp.abort();
  await expect(abandoned).rejects.toThrow('aborted');
  await new Promise((resolve) => setTimeout(resolve, 50));
  await send({});
  expect(await depth()).toEqual([1, 0, 0]);
});

test('a delay hides a message, and the queue has one of its own', async () => {
  const slow = local.queueUrl('Slow');
  await send({ QueueUrl: slow });
  await send({ DelaySeconds: 1 });
  expect([await depth(slow), await depth()]).toEqual([
    [0, 0, 1],
    [0, 0, 1],
  ]);
  await receiveOne({ WaitTimeSeconds: 3 });
  await receiveOne({ WaitTimeSeconds: 3, QueueUrl: slow });
});

test('a message received too often becomes a dead letter with its id and age', async () => {
  const { MessageId } = await send({ MessageGroupId: 'acme' });
  const { Attributes: original } = await receiveOne({ VisibilityTimeout: 0 });
  await receiveOne({ VisibilityTimeout: 0 });
  expect(await receive()).toEqual([]);
  const spent = await receiveOne({ QueueUrl: local.queueUrl('Spent') });
  expect(spent.MessageId).toBe(MessageId);
  expect(spent.Attributes).toMatchObject({
    SentTimestamp: original?.SentTimestamp,
    MessageGroupId: 'acme',
    DeadLetterQueueSourceArn: expect.stringMatching(/^arn:aws:sqs:us-east-1:\d{12}:Fixture-Jobs/),
  });
});

test('queues are found by name and listed by prefix, with the gateway’s own origin', async () => {
  const name = QueueUrl.split('/').at(-1);
  const found = await local.sqs.send(new GetQueueUrlCommand({ QueueName: name }));
  expect(found.QueueUrl).toBe(QueueUrl);
  expect(new URL(QueueUrl).origin).toBe(local.aws.endpoint);
  const list = await local.sqs.send(new ListQueuesCommand({ QueueNamePrefix: 'Fixture-J' }));
  expect(list.QueueUrls).toEqual([QueueUrl]);
});
