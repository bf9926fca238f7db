/** The event that Lambda makes of a batch of messages, record by record. */
import type { MessageAttributes, NewMessage, Received } from '../sqs/message.ts';

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

/** What a record has beside body and attributes: ids, timestamps, ARN, names. */
const envelopeBytes = 1_500;

/** No less than what the message will take in the event. */
export const recordBytes = ({ body, attributes }: NewMessage): number =>
  Buffer.byteLength(JSON.stringify(body)) +
  Buffer.byteLength(JSON.stringify(toMessageAttributes(attributes))) +
  envelopeBytes;
