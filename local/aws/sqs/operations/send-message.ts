/** SendMessage and SendMessageBatch. */
import * as z from 'zod';
import { defineOperation, type Operations } from '../../gateway/operation.ts';
import { ServiceError } from '../../gateway/service-error.ts';
import { batchOf, doEach } from '../batch.ts';
import { md5OfAttributes, md5OfBody } from '../md5.ts';
import type { NewMessage } from '../message.ts';
import { bytesOf, checkMessage, messageFields, toNewMessage } from '../message-limits.ts';
import type { Queue } from '../queue.ts';
import type { QueueRegistry } from '../queue-registry.ts';

const send = (queue: Queue, message: NewMessage) => {
  checkMessage(message, queue.settings.maxMessageBytes);
  return {
    MessageId: queue.send(message),
    MD5OfMessageBody: md5OfBody(message.body),
    MD5OfMessageAttributes: md5OfAttributes(message.attributes),
  };
};

const checkTotal = (messages: readonly NewMessage[], maxBytes: number) => {
  const bytes = messages.reduce((sum, message) => sum + bytesOf(message), 0);
  if (bytes <= maxBytes) return;
  const message = `Batch requests cannot be longer than ${maxBytes} bytes. You have sent ${bytes} bytes.`;
  throw new ServiceError('BatchRequestTooLong', message);
};

export const sendOperations = (queues: QueueRegistry): Operations => ({
  SendMessage: defineOperation(
    z.strictObject({ QueueUrl: z.string(), ...messageFields }),
    (input) => send(queues.byUrl(input.QueueUrl), toNewMessage(input)),
  ),
  SendMessageBatch: defineOperation(
    z.strictObject({ QueueUrl: z.string(), Entries: batchOf(messageFields) }),
    ({ QueueUrl, Entries }) => {
      const queue = queues.byUrl(QueueUrl);
      checkTotal(Entries.map(toNewMessage), queue.settings.maxMessageBytes);
      return doEach(Entries, (entry) => send(queue, toNewMessage(entry)));
    },
  ),
});
