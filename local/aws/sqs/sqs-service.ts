/** SQS's standard queues in the protocol of today's SDKs: AWS JSON 1.0. */

import { createJsonRoute } from '../gateway/json-service.ts';
import type { Route } from '../gateway/request-and-reply.ts';
import { queueOperations } from './operations/queue-attributes.ts';
import { receiveOperations } from './operations/receive-message.ts';
import { receiptOperations } from './operations/received-message.ts';
import { sendOperations } from './operations/send-message.ts';
import type { QueueRegistry } from './queue-registry.ts';

/** Errors whose code in the older query protocol, which SDKs still show, is another. */
const queryCodes: Readonly<Record<string, string>> = {
  QueueDoesNotExist: 'AWS.SimpleQueueService.NonExistentQueue',
  ...Object.fromEntries(
    [
      'BatchEntryIdsNotDistinct',
      'BatchRequestTooLong',
      'EmptyBatchRequest',
      'InvalidBatchEntryId',
      'MessageNotInflight',
      'TooManyEntriesInBatchRequest',
    ].map((code) => [code, `AWS.SimpleQueueService.${code}`]),
  ),
};

export const createSqsRoute = (queues: QueueRegistry): Route =>
  createJsonRoute({
    name: 'SQS',
    target: 'AmazonSQS',
    contentType: 'application/x-amz-json-1.0',
    invalidInputCode: 'InvalidParameterValue',
    operations: {
      ...sendOperations(queues),
      ...receiveOperations(queues),
      ...receiptOperations(queues),
      ...queueOperations(queues),
    },
    errorHeaders: ({ code, statusCode }) => ({
      'x-amzn-query-error': `${queryCodes[code] ?? code};${statusCode < 500 ? 'Sender' : 'Receiver'}`,
    }),
  });
