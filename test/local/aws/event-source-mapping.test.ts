import { SendMessageBatchCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { Duration } from 'aws-cdk-lib';
import { SqsEventSource, type SqsEventSourceProps } from 'aws-cdk-lib/aws-lambda-event-sources';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import type { SQSEvent } from 'aws-lambda';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type Definition, type LocalStack, startLocalStack } from '../../support/local-stack.ts';

interface Report {
  readonly queue: string;
  readonly size: number;
  readonly atMs: number;
  readonly pid: number;
  readonly bodies: readonly string[];
  readonly event?: SQSEvent;
}

const sdk = `
import { createRequire } from 'node:module';
const require = createRequire(${JSON.stringify(import.meta.url)});
const { SQSClient, ChangeMessageVisibilityCommand } = require('@aws-sdk/client-sqs');
`;

/** Reports each batch on its standard output, then does what the messages ask for. */
const source = `
${sdk}
const sqs = new SQSClient({});
const report = (event) => console.log(JSON.stringify({
  queue: event.Records[0].eventSourceARN.split('-').at(-1).replace(/[0-9A-F]{8}$/, ''),
  size: event.Records.length,
  atMs: Date.now(),
  pid: process.pid,
  bodies: event.Records.slice(0, 20).map(({ body }) => body.slice(0, 40)),
  ...(event.Records[0].body === 'whole event' ? { event } : {}),
}));
export const handler = async (event) => {
  if (event.Records.length === 0) return null; // to warm up
  report(event);
  const batchItemFailures = [];
  for (const { body, messageId, receiptHandle, attributes } of event.Records) {
    if (body.startsWith('sleep')) await new Promise((resolve) => setTimeout(resolve, 600));
    if (body === 'throw') throw new Error('as asked');
    if (body === 'malformed') return { batchItemFailures: [{ itemIdentifier: '' }] };
    if (body === 'unknown id') return { batchItemFailures: [{ itemIdentifier: 'of nobody' }] };
    if (body === 'crash' && attributes.ApproximateReceiveCount === '1') process.exit(1);
    if (body.startsWith('fail')) batchItemFailures.push({ itemIdentifier: messageId });
    if (body === 'fail soon') {
      const url = process.env.QUEUE_URL;
      await sqs.send(new ChangeMessageVisibilityCommand({ QueueUrl: url, ReceiptHandle: receiptHandle, VisibilityTimeout: 1 }));
    }
  }
  return { batchItemFailures };
};
`;

let local: LocalStack;

/** A queue with a consumer of its own. */
const addConsumer = (
  { stack, addFunction }: Definition,
  id: string,
  source_: string,
  mapping: SqsEventSourceProps,
  visibilitySeconds = 5,
) => {
  const deadLetters = new Queue(stack, `${id}DeadLetters`);
  const queue = new Queue(stack, id, {
    visibilityTimeout: Duration.seconds(visibilitySeconds),
    deadLetterQueue: { queue: deadLetters, maxReceiveCount: 2 },
  });
  const consumer = addFunction(`${id}Consumer`, source_, {
    timeout: Duration.seconds(5),
    environment: { QUEUE_URL: queue.queueUrl },
  });
  consumer.addEventSource(new SqsEventSource(queue, { reportBatchItemFailures: true, ...mapping }));
};

beforeAll(async () => {
  local = await startLocalStack((definition) => {
    const window = (seconds: number) => ({ maxBatchingWindow: Duration.seconds(seconds) });
    addConsumer(definition, 'Large', source, { batchSize: 10_000, ...window(60) }, 60);
    addConsumer(definition, 'Heavy', source, { batchSize: 10_000, ...window(20) }, 60);
    addConsumer(definition, 'Windowed', source, { batchSize: 100, ...window(5) });
    addConsumer(definition, 'Single', source, { batchSize: 1 });
    addConsumer(definition, 'Two', source, { batchSize: 1, maxConcurrency: 2 });
    for (const id of ['Partial', 'Thrown', 'Malformed', 'Unknown'])
      addConsumer(definition, id, source, { batchSize: 10 });
    addConsumer(definition, 'Patient', source, { batchSize: 10 }, 60);
    addConsumer(definition, 'Whole', source, { batchSize: 10, reportBatchItemFailures: false });
    addConsumer(definition, 'Off', source, { enabled: false });
  });
  // A cold start takes a good part of a visibility timeout of five seconds.
  const consumers = Object.keys(local.aws.functions());
  await Promise.all(consumers.map((consumer) => local.aws.invoke(consumer, { Records: [] })));
});
afterAll(() => local[Symbol.asyncDispose]());

const send = (queue: string, MessageBody: string, more = {}) =>
  local.sqs.send(
    new SendMessageCommand({ QueueUrl: local.queueUrl(`${queue}`), MessageBody, ...more }),
  );

const sendMany = async (queue: string, bodies: readonly string[]) => {
  const QueueUrl = local.queueUrl(queue);
  const batches = Array.from({ length: Math.ceil(bodies.length / 10) }, (_, index) =>
    bodies
      .slice(index * 10, index * 10 + 10)
      .map((MessageBody, at) => ({ Id: `${at}`, MessageBody })),
  );
  const sendBatch = (Entries: (typeof batches)[number]) =>
    local.sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
  for (let at = 0; at < batches.length; at += 20)
    await Promise.all(batches.slice(at, at + 20).map(sendBatch));
};

const reportsOf = (queue: string) =>
  local.reports<Report>().filter((report) => report.queue === `${queue}`);

const bodiesIn = (queue: string) => reportsOf(queue).flatMap(({ bodies }) => bodies);

const waitFor = (condition: () => boolean, timeoutMs = 60_000) =>
  vi.waitUntil(condition, { timeout: timeoutMs, interval: 5 });

test('a batch holds up to 10,000 messages and does not wait once it is full', async () => {
  await sendMany(
    'Large',
    Array.from({ length: 10_000 }, (_, index) => `${index}`),
  );
  await waitFor(() => reportsOf('Large').length === 1);
  expect(reportsOf('Large')[0]?.size).toBe(10_000);
});

test('without a window a message is handled at once', async () => {
  const latenciesMs: number[] = [];
  for (const body of ['warm up', 'a', 'b', 'c', 'd']) {
    const sentAtMs = Date.now();
    await send('Single', body);
    await waitFor(() => bodiesIn('Single').includes(body));
    latenciesMs.push(Date.now() - sentAtMs);
  }
  // A window is of a second at least.
  expect(Math.min(...latenciesMs)).toBeLessThan(900);
});

test('no more batches run at once than the maximum concurrency, and no fewer', async () => {
  const names = Array.from({ length: 10 }, (_, index) => `sleep ${index}`);
  await sendMany('Two', names);
  await expect(local.aws.idle({ timeoutSeconds: 0.05 })).rejects.toThrow(
    /not idle.*Two.*in flight/,
  );
  await local.aws.idle();
  const reports = reportsOf('Two');
  expect(reports).toHaveLength(10);
  const overlapping = reports.map(
    ({ atMs }) => reports.filter((other) => other.atMs <= atMs && atMs < other.atMs + 590).length,
  );
  expect(Math.max(...overlapping)).toBe(2);
  expect(new Set(reports.map(({ pid }) => pid)).size).toBe(2);
});

test('a record is what Lambda makes of a message', async () => {
  await send('Single', 'whole event', {
    MessageGroupId: 'acme',
    MessageAttributes: {
      reason: { DataType: 'String', StringValue: 'naïve' },
      bytes: { DataType: 'Binary', BinaryValue: Uint8Array.of(1, 2) },
    },
  });
  await waitFor(() => bodiesIn('Single').includes('whole event'));
  const { event } = reportsOf('Single').find((report) => report.event !== undefined) ?? {};
  expect(event?.Records).toEqual([
    {
      messageId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      receiptHandle: expect.any(String),
      body: 'whole event',
      attributes: {
        ApproximateReceiveCount: '1',
        SentTimestamp: expect.stringMatching(/^\d{13}$/),
        SenderId: expect.any(String),
        ApproximateFirstReceiveTimestamp: expect.stringMatching(/^\d{13}$/),
        MessageGroupId: 'acme',
      },
      messageAttributes: {
        reason: {
          stringValue: 'naïve',
          stringListValues: [],
          binaryListValues: [],
          dataType: 'String',
        },
        bytes: {
          binaryValue: 'AQI=',
          stringListValues: [],
          binaryListValues: [],
          dataType: 'Binary',
        },
      },
      md5OfMessageAttributes: expect.stringMatching(/^[0-9a-f]{32}$/),
      md5OfBody: expect.stringMatching(/^[0-9a-f]{32}$/),
      eventSource: 'aws:sqs',
      eventSourceARN: expect.stringMatching(/^arn:aws:sqs:us-east-1:\d{12}:Fixture-Single/),
      awsRegion: 'us-east-1',
    },
  ]);
});

const timesOf = (queue: string, body: string) =>
  reportsOf(queue)
    .filter(({ bodies }) => bodies.includes(body))
    .map(({ atMs }) => atMs);

test('a mapping that is off consumes nothing', async () => {
  await send('Off', 'never');
  expect(local.aws.queueDepth('Off')).toMatchObject({ visible: 1 });
  expect(reportsOf('Off')).toEqual([]);
});

test.concurrent('a window gathers what comes within it into one batch', async () => {
  await send('Windowed', 'first');
  await new Promise((resolve) => setTimeout(resolve, 300));
  await send('Windowed', 'second');
  await waitFor(() => reportsOf('Windowed').length > 0);
  expect(reportsOf('Windowed').map(({ bodies }) => bodies)).toEqual([['first', 'second']]);
});

test.concurrent('an event stays under 6 MB; what does not fit comes in the next one', async () => {
  for (let index = 0; index < 7; index += 1) await send('Heavy', 'x'.repeat(1_000_000));
  await waitFor(() => reportsOf('Heavy').length === 2);
  expect(reportsOf('Heavy').map(({ size }) => size)).toEqual([6, 1]);
});

test.concurrent.each([
  ['a batch whose handler throws', 'Thrown', 'throw'],
  ['a batch with a malformed response', 'Malformed', 'malformed'],
  ['a batch that hands back a message it does not have', 'Unknown', 'unknown id'],
  ['a batch of a function that throws without partial failures', 'Whole', 'throw'],
])('%s comes back whole, until it is dead letters', async (_, queue, body) => {
  const companion = `with ${body}`;
  await sendMany(queue, [body, companion]);
  const deadLetters = () => local.aws.queueDepth(`${queue}DeadLetters`).visible;
  await waitFor(() => deadLetters() === 2);
  expect([timesOf(queue, body).length, timesOf(queue, companion).length]).toEqual([2, 2]);
});

test.concurrent('only the messages that the function names come back, after their visibility timeout', async () => {
  const sentAtMs = Date.now();
  await sendMany('Partial', ['fail once', 'fine']);
  await waitFor(() => timesOf('Partial', 'fail once').length === 2);
  expect((timesOf('Partial', 'fail once')[1] ?? 0) - sentAtMs).toBeGreaterThan(4_950);
  expect(timesOf('Partial', 'fine')).toHaveLength(1);
});

test.concurrent('a visibility timeout that the function sets itself stands', async () => {
  const sentAtMs = Date.now();
  await send('Patient', 'fail soon');
  await waitFor(() => timesOf('Patient', 'fail soon').length === 2);
  const cameBackAfterMs = (timesOf('Patient', 'fail soon')[1] ?? 0) - sentAtMs;
  expect(cameBackAfterMs).toBeGreaterThan(950);
  expect(cameBackAfterMs).toBeLessThan(50_000); // the queue’s own is 60 s
});

test.concurrent('the messages of an instance that crashes come back', async () => {
  await send('Single', 'crash');
  await waitFor(() => timesOf('Single', 'crash').length === 2);
  await waitFor(() => local.aws.queueDepth('Single').inFlight === 0);
});
