import { CloudWatchClient, GetMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { mockClient } from 'aws-sdk-client-mock';
import { expect, test } from 'vitest';
import {
  createReadOldestAges,
  createReadQueueCounts,
} from '../../../shared/jobs/queue-counts.aws.ts';

test('counts are numbers, and nothing where SQS tells none', async () => {
  const sqs = mockClient(SQSClient);
  sqs
    .on(GetQueueAttributesCommand)
    .resolvesOnce({
      Attributes: {
        ApproximateNumberOfMessages: '3',
        ApproximateNumberOfMessagesNotVisible: '2',
        ApproximateNumberOfMessagesDelayed: '1',
      },
    })
    .resolves({});
  const readCounts = createReadQueueCounts(new SQSClient({ region: 'eu-west-1' }));
  expect(await readCounts('http://q')).toEqual({ visible: 3, inFlight: 2, delayed: 1 });
  expect(await readCounts('http://q')).toEqual({ visible: 0, inFlight: 0, delayed: 0 });
});

test('the latest age of each queue is found by its name, and some have none', async () => {
  const cloudwatch = mockClient(CloudWatchClient);
  cloudwatch.on(GetMetricDataCommand).resolves({
    MetricDataResults: [
      { Id: 'q0', Values: [90, 30] },
      { Id: 'q1', Values: [] },
    ],
  });
  const readAges = createReadOldestAges(new CloudWatchClient({ region: 'eu-west-1' }));
  const urls = ['https://sqs/1/customers', 'https://sqs/1/lists'];
  expect(await readAges(urls, Date.parse('2026-03-01T12:00:00Z'))).toEqual(
    new Map([['https://sqs/1/customers', 90]]),
  );
  const [call] = cloudwatch.commandCalls(GetMetricDataCommand);
  expect(call?.args[0].input).toMatchObject({
    StartTime: new Date('2026-03-01T11:50:00Z'),
    MetricDataQueries: [
      { MetricStat: { Metric: { Dimensions: [{ Name: 'QueueName', Value: 'customers' }] } } },
      { MetricStat: { Metric: { Dimensions: [{ Name: 'QueueName', Value: 'lists' }] } } },
    ],
  });
});
