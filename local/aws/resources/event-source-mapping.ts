/** AWS::Lambda::EventSourceMapping with a queue as its source. */
import * as z from 'zod';
import { startEventSourceMapping } from '../lambda/event-source-mapping.ts';
import { deployedResource, type ResourceKind } from './resource-kind.ts';

/** Lambda's own start without a maximum: five batches at once. */
const defaultConcurrency = 5;

const mappingProperties = z
  .looseObject({
    EventSourceArn: z.string().startsWith('arn:aws:sqs:', 'local/aws polls SQS queues alone'),
    FunctionName: z.string(),
    Enabled: z.stringbool().or(z.boolean()).default(true),
    BatchSize: z.coerce.number().int().min(1).max(10_000).default(10),
    MaximumBatchingWindowInSeconds: z.coerce.number().min(0).max(300).default(0),
    ScalingConfig: z
      .looseObject({ MaximumConcurrency: z.coerce.number().min(2).max(1_000).optional() })
      .default({}),
    FunctionResponseTypes: z.array(z.literal('ReportBatchItemFailures')).default([]),
    FilterCriteria: z.undefined('local/aws filters no messages').optional(),
  })
  .refine(
    ({ BatchSize, MaximumBatchingWindowInSeconds }) =>
      BatchSize <= 10 || MaximumBatchingWindowInSeconds >= 1,
    'a batch of more than 10 needs a window of at least 1 second',
  );

export const eventSourceMappingKind: ResourceKind = (properties, { logicalId }, host) => {
  const given = mappingProperties.parse(properties);
  const queue = host.queues.byArn(given.EventSourceArn);
  if (queue === undefined) throw new Error(`there is no queue ${given.EventSourceArn}`);
  const target = host.functions.find(given.FunctionName);
  const { timeoutSeconds } = target.settings;
  if (queue.settings.visibilityTimeoutSeconds < timeoutSeconds)
    throw new Error(`the queue's visibility timeout is under the function's ${timeoutSeconds} s`);
  const settings = {
    batchSize: given.BatchSize,
    windowSeconds: given.MaximumBatchingWindowInSeconds,
    maxConcurrency: given.ScalingConfig.MaximumConcurrency ?? defaultConcurrency,
    reportsBatchItemFailures: given.FunctionResponseTypes.length > 0,
  };
  const { region } = host;
  const start = () => {
    const mapping = startEventSourceMapping({ queue, target, settings, region });
    host.mappings.add(mapping);
    return () => {
      mapping.stop();
      host.mappings.delete(mapping);
    };
  };
  if (given.Enabled) host.lifecycle.starts(start);
  return deployedResource(logicalId, { Id: logicalId });
};
