/** AWS::SQS::Queue, standard queues alone. */
import * as z from 'zod';
import { addNamed } from './named-resource.ts';
import { deployedResource, generatedName, type ResourceKind } from './resource-kind.ts';

const dayInSeconds = 86_400;
const standardOnly = z
  .union([z.literal(false), z.literal('false')], 'local/aws runs standard queues alone, not FIFO')
  .optional();

const queueProperties = z.looseObject({
  QueueName: z.string().optional(),
  FifoQueue: standardOnly,
  VisibilityTimeout: z.coerce.number().default(30),
  DelaySeconds: z.coerce.number().default(0),
  MessageRetentionPeriod: z.coerce.number().default(4 * dayInSeconds),
  MaximumMessageSize: z.coerce.number().default(1_048_576),
  ReceiveMessageWaitTimeSeconds: z.coerce.number().default(0),
  RedrivePolicy: z
    .object({ deadLetterTargetArn: z.string(), maxReceiveCount: z.coerce.number() })
    .optional(),
});

export const queueKind: ResourceKind = (properties, identity, host) => {
  const given = queueProperties.parse(properties);
  const name = given.QueueName ?? generatedName(identity, 80);
  const arn = `arn:aws:sqs:${host.region}:${host.accountId}:${name}`;
  const url = host.queues.urlOf(name);
  const queue = host.queues.create({
    name,
    arn,
    visibilityTimeoutSeconds: given.VisibilityTimeout,
    delaySeconds: given.DelaySeconds,
    retentionSeconds: given.MessageRetentionPeriod,
    maxMessageBytes: given.MaximumMessageSize,
    receiveWaitSeconds: given.ReceiveMessageWaitTimeSeconds,
    redrive: given.RedrivePolicy && {
      deadLetterArn: given.RedrivePolicy.deadLetterTargetArn,
      maxReceiveCount: given.RedrivePolicy.maxReceiveCount,
    },
  });
  addNamed(
    host.namedQueues,
    { identity, names: [name, arn, url], resource: queue },
    host.lifecycle,
  );
  host.lifecycle.removes(() => host.queues.remove(queue));
  return deployedResource(url, { Arn: arn, QueueName: name, QueueUrl: url });
};
