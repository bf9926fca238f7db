/** Operations on queues as a whole: GetQueueUrl, ListQueues, GetQueueAttributes, PurgeQueue. */
import * as z from 'zod';
import { defineOperation, type Operations } from '../../gateway/operation.ts';
import type { Queue } from '../queue.ts';
import type { QueueRegistry } from '../queue-registry.ts';

const attributesOf = (queue: Queue): Record<string, string> => {
  const { settings } = queue;
  const { visible, inFlight, delayed } = queue.depth();
  const redrive = settings.redrive && {
    deadLetterTargetArn: settings.redrive.deadLetterArn,
    maxReceiveCount: settings.redrive.maxReceiveCount,
  };
  return {
    QueueArn: settings.arn,
    ApproximateNumberOfMessages: String(visible),
    ApproximateNumberOfMessagesNotVisible: String(inFlight),
    ApproximateNumberOfMessagesDelayed: String(delayed),
    VisibilityTimeout: String(settings.visibilityTimeoutSeconds),
    DelaySeconds: String(settings.delaySeconds),
    MessageRetentionPeriod: String(settings.retentionSeconds),
    MaximumMessageSize: String(settings.maxMessageBytes),
    ReceiveMessageWaitTimeSeconds: String(settings.receiveWaitSeconds),
    ...(redrive === undefined ? {} : { RedrivePolicy: JSON.stringify(redrive) }),
  };
};

export const queueOperations = (queues: QueueRegistry): Operations => {
  const QueueUrl = z.string();
  return {
    GetQueueUrl: defineOperation(z.strictObject({ QueueName: z.string() }), ({ QueueName }) => ({
      QueueUrl: queues.urlOf(queues.byName(QueueName).settings.name),
    })),
    ListQueues: defineOperation(
      z.strictObject({
        QueueNamePrefix: z.string().default(''),
        MaxResults: z.int().min(1).max(1_000).optional(), // there are never so many
      }),
      ({ QueueNamePrefix }) => {
        const names = queues.all().map(({ settings }) => settings.name);
        return {
          QueueUrls: names.filter((name) => name.startsWith(QueueNamePrefix)).map(queues.urlOf),
        };
      },
    ),
    GetQueueAttributes: defineOperation(
      z.strictObject({ QueueUrl, AttributeNames: z.array(z.string()).default([]) }),
      (input) => {
        const wanted = (name: string) =>
          input.AttributeNames.includes(name) || input.AttributeNames.includes('All');
        const all = Object.entries(attributesOf(queues.byUrl(input.QueueUrl)));
        return { Attributes: Object.fromEntries(all.filter(([name]) => wanted(name))) };
      },
    ),
    PurgeQueue: defineOperation(z.strictObject({ QueueUrl }), (input) => {
      queues.byUrl(input.QueueUrl).purge();
    }),
  };
};
