/** The event that Lambda makes of a batch of messages, record by record. */
import { randomUUID } from 'node:crypto';
import type { Message, MessageAttributes, Received } from '../sqs/message.ts';
import type { QueueSettings } from '../sqs/queue.ts';
import { toReceived } from '../sqs/receipt.ts';

const toMessageAttributes = (attributes: MessageAttributes) =>
  Object.fromEntries(
    Object.entries(attributes).map(([name, { DataType, StringValue, BinaryValue }]) => [
      name,
      {
        ...(StringValue === undefined ? {} : { stringValue: StringValue }),
        ...(BinaryValue === undefined ? {} : { binaryValue: BinaryValue }),
        stringListValues: [],
        binaryListValues: [],
        dataType: DataType,
      },
    ]),
  );

export const toSqsEvent = (batch: readonly Received[], queueArn: string, region: string) => ({
  Records: batch.map((received) => ({
    messageId: received.id,
    receiptHandle: received.receiptHandle,
    body: received.body,
    attributes: received.systemAttributes,
    messageAttributes: toMessageAttributes(received.attributes),
    ...(received.md5OfAttributes === undefined
      ? {}
      : { md5OfMessageAttributes: received.md5OfAttributes }),
    md5OfBody: received.md5OfBody,
    eventSource: 'aws:sqs',
    eventSourceARN: queueArn,
    awsRegion: region,
  })),
});

/** A message whose record is the largest that one without body and attributes can be. */
const emptyMessage: Message = {
  id: randomUUID(),
  serial: 999_999_999,
  body: '',
  attributes: {},
  groupId: '',
  sentAtMs: Date.now(),
  state: 'inFlight',
  receiveCount: 999,
  firstReceivedAtMs: Date.now(),
  lastReceivedAtMs: Date.now(),
};

/** The attributes' digest with its name. */
const digestBytes = 64;

const jsonBytes = (value: unknown) => Buffer.byteLength(JSON.stringify(value));

/** Tells how many bytes, or a few more, a message of the queue will take in the event. */
export const createRecordSizer = (queue: QueueSettings, region: string) => {
  const empty = toSqsEvent([toReceived(queue.name, emptyMessage)], queue.arn, region);
  const envelopeBytes = jsonBytes(empty);
  return ({ body, attributes, groupId = '', deadLetterSourceArn = '' }: Message): number =>
    envelopeBytes +
    jsonBytes(body) +
    jsonBytes(groupId) +
    (deadLetterSourceArn === ''
      ? 0
      : jsonBytes({ DeadLetterQueueSourceArn: deadLetterSourceArn })) +
    (Object.keys(attributes).length === 0
      ? 0
      : jsonBytes(toMessageAttributes(attributes)) + digestBytes);
};
