/** Receipt handles: which delivery of which message of which queue. */
import { ServiceError } from '../gateway/service-error.ts';
import { md5OfAttributes, md5OfBody } from './md5.ts';
import type { Message, Received } from './message.ts';

export interface Receipt {
  readonly serial: number;
  readonly receiveCount: number;
}

const senderId = 'AIDALOCALAWS';

const encode = (queueName: string, { serial, receiveCount }: Receipt): string =>
  Buffer.from(`${queueName}:${serial}:${receiveCount}`).toString('base64');

/** @throws ServiceError ReceiptHandleIsInvalid when the handle is none of this queue's. */
export const decodeReceipt = (queueName: string, receiptHandle: string): Receipt => {
  const [name, serial, receiveCount] = Buffer.from(receiptHandle, 'base64').toString().split(':');
  if (name === queueName && serial !== undefined && receiveCount !== undefined)
    return { serial: Number(serial), receiveCount: Number(receiveCount) };
  const message = `The input receipt handle "${receiptHandle}" is not a valid receipt handle.`;
  throw new ServiceError('ReceiptHandleIsInvalid', message);
};

const systemAttributesOf = (message: Message): Record<string, string> => ({
  SenderId: senderId,
  SentTimestamp: String(message.sentAtMs),
  ApproximateReceiveCount: String(message.receiveCount),
  ApproximateFirstReceiveTimestamp: String(message.firstReceivedAtMs),
  ...(message.groupId === undefined ? {} : { MessageGroupId: message.groupId }),
  ...(message.deadLetterSourceArn === undefined
    ? {}
    : { DeadLetterQueueSourceArn: message.deadLetterSourceArn }),
});

/** A snapshot of the message as this delivery hands it out. */
export const toReceived = (queueName: string, message: Message): Received => ({
  id: message.id,
  receiptHandle: encode(queueName, message),
  body: message.body,
  md5OfBody: md5OfBody(message.body),
  attributes: message.attributes,
  md5OfAttributes: md5OfAttributes(message.attributes),
  systemAttributes: systemAttributesOf(message),
});
