/** ReceiveMessage: short and long polling. */
import * as z from 'zod';
import { defineOperation, type Operations } from '../../gateway/operation.ts';
import { md5OfAttributes } from '../md5.ts';
import type { Received } from '../message.ts';
import type { QueueRegistry } from '../queue-registry.ts';

const receiveRequest = z.strictObject({
  QueueUrl: z.string(),
  MaxNumberOfMessages: z.int().min(1).max(10).default(1),
  VisibilityTimeout: z.int().min(0).max(43_200).optional(),
  WaitTimeSeconds: z.int().min(0).max(20).optional(),
  /** The older name of MessageSystemAttributeNames. */
  AttributeNames: z.array(z.string()).default([]),
  MessageSystemAttributeNames: z.array(z.string()).default([]),
  MessageAttributeNames: z.array(z.string()).default([]),
});

type Wanted = Pick<
  z.output<typeof receiveRequest>,
  'AttributeNames' | 'MessageSystemAttributeNames' | 'MessageAttributeNames'
>;

/** A name as it is, all of them, or all that begin alike: `All`, `.*`, `shop.*`. */
const isNamed = (name: string, wanted: readonly string[]) =>
  wanted.some(
    (pattern) =>
      pattern === 'All' ||
      pattern === name ||
      (pattern.endsWith('.*') && name.startsWith(pattern.slice(0, -2))),
  );

const named = <T>(all: Readonly<Record<string, T>>, wanted: readonly string[]) =>
  Object.fromEntries(Object.entries(all).filter(([name]) => isNamed(name, wanted)));

const toMessage = (received: Received, wanted: Wanted) => {
  const attributes = named(received.attributes, wanted.MessageAttributeNames);
  const systemNames = [...wanted.AttributeNames, ...wanted.MessageSystemAttributeNames];
  return {
    MessageId: received.id,
    ReceiptHandle: received.receiptHandle,
    Body: received.body,
    MD5OfBody: received.md5OfBody,
    Attributes: named(received.systemAttributes, systemNames),
    MessageAttributes: attributes,
    MD5OfMessageAttributes: md5OfAttributes(attributes),
  };
};

export const receiveOperations = (queues: QueueRegistry): Operations => ({
  ReceiveMessage: defineOperation(receiveRequest, async (input, { signal }) => {
    const queue = queues.byUrl(input.QueueUrl);
    const batch = await queue.receive({
      max: input.MaxNumberOfMessages,
      waitMs: (input.WaitTimeSeconds ?? queue.settings.receiveWaitSeconds) * 1_000,
      visibilityTimeoutSeconds: input.VisibilityTimeout,
      signal,
    });
    return batch.length === 0 ? {} : { Messages: batch.map((one) => toMessage(one, input)) };
  }),
});
