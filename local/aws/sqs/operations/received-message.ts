/** What a consumer does by receipt handle, with a message that it received. */
import * as z from 'zod';
import { defineOperation, type Operations } from '../../gateway/operation.ts';
import { batchOf, doEach } from '../batch.ts';
import type { Queue } from '../queue.ts';
import type { QueueRegistry } from '../queue-registry.ts';

const receipt = { ReceiptHandle: z.string() };
const visibility = { ...receipt, VisibilityTimeout: z.int().min(0).max(43_200) };

type Receipt = z.output<z.ZodObject<typeof receipt>>;
type Visibility = z.output<z.ZodObject<typeof visibility>>;

const remove = (queue: Queue, { ReceiptHandle }: Receipt) => {
  queue.delete(ReceiptHandle);
  return {};
};

const hide = (queue: Queue, { ReceiptHandle, VisibilityTimeout }: Visibility) => {
  queue.changeVisibility(ReceiptHandle, VisibilityTimeout);
  return {};
};

export const receiptOperations = (queues: QueueRegistry): Operations => {
  const QueueUrl = z.string();
  return {
    DeleteMessage: defineOperation(z.strictObject({ QueueUrl, ...receipt }), (input) =>
      remove(queues.byUrl(input.QueueUrl), input),
    ),
    DeleteMessageBatch: defineOperation(
      z.strictObject({ QueueUrl, Entries: batchOf(receipt) }),
      (input) => doEach(input.Entries, (entry) => remove(queues.byUrl(input.QueueUrl), entry)),
    ),
    ChangeMessageVisibility: defineOperation(z.strictObject({ QueueUrl, ...visibility }), (input) =>
      hide(queues.byUrl(input.QueueUrl), input),
    ),
    ChangeMessageVisibilityBatch: defineOperation(
      z.strictObject({ QueueUrl, Entries: batchOf(visibility) }),
      (input) => doEach(input.Entries, (entry) => hide(queues.byUrl(input.QueueUrl), entry)),
    ),
  };
};
