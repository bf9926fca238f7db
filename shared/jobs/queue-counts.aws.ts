/** How full queues are, and how old what waits in them is. */
import { CloudWatchClient, GetMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { GetQueueAttributesCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { clientOptions } from '../platform/clients.aws.ts';

/** About, as all of SQS's own counts are. */
export interface QueueCounts {
  readonly visible: number;
  readonly inFlight: number;
  readonly delayed: number;
}

export const createReadQueueCounts =
  (client: Pick<SQSClient, 'send'>) =>
  async (queueUrl: string): Promise<QueueCounts> => {
    const { Attributes = {} } = await client.send(
      new GetQueueAttributesCommand({
        QueueUrl: queueUrl,
        AttributeNames: [
          'ApproximateNumberOfMessages',
          'ApproximateNumberOfMessagesNotVisible',
          'ApproximateNumberOfMessagesDelayed',
        ],
      }),
    );
    return {
      visible: Number(Attributes.ApproximateNumberOfMessages ?? 0),
      inFlight: Number(Attributes.ApproximateNumberOfMessagesNotVisible ?? 0),
      delayed: Number(Attributes.ApproximateNumberOfMessagesDelayed ?? 0),
    };
  };

const queueNameOf = (queueUrl: string): string => queueUrl.split('/').at(-1) ?? '';

const minuteMs = 60_000;
/** CloudWatch shows SQS's figures some minutes late. */
const lookBackMs = 10 * minuteMs;

/**
 * The age in seconds of the oldest message of each queue, by its URL, where CloudWatch knows it:
 * SQS itself has no call for it.
 */
export const createReadOldestAges =
  (client: Pick<CloudWatchClient, 'send'> = new CloudWatchClient(clientOptions())) =>
  async (queueUrls: readonly string[], nowMs: number): Promise<ReadonlyMap<string, number>> => {
    const { MetricDataResults = [] } = await client.send(
      new GetMetricDataCommand({
        StartTime: new Date(nowMs - lookBackMs),
        EndTime: new Date(nowMs),
        ScanBy: 'TimestampDescending',
        MetricDataQueries: queueUrls.map((url, index) => ({
          Id: `q${index}`,
          MetricStat: {
            Metric: {
              Namespace: 'AWS/SQS',
              MetricName: 'ApproximateAgeOfOldestMessage',
              Dimensions: [{ Name: 'QueueName', Value: queueNameOf(url) }],
            },
            Period: minuteMs / 1_000,
            Stat: 'Maximum',
          },
        })),
      }),
    );
    const ages = new Map<string, number>();
    for (const { Id = '', Values = [] } of MetricDataResults) {
      const url = queueUrls[Number(Id.slice(1))];
      const [latest] = Values;
      if (url !== undefined && latest !== undefined) ages.set(url, latest);
    }
    return ages;
  };
