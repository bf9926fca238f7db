/** Batches as Lambda hands them to a consumer. */
import type { Context, SQSEvent, SQSRecord } from 'aws-lambda';

export interface RecordOptions {
  readonly id?: string;
  readonly body: unknown;
  readonly sentAtMs?: number;
  readonly receiveCount?: number;
  readonly groupId?: string;
  readonly attributes?: Readonly<Record<string, string>>;
}

let nextId = 1;

export const sqsRecord = ({
  id = `m${nextId++}`,
  body,
  sentAtMs = Date.now(),
  receiveCount = 1,
  groupId = 'acme',
  attributes = {},
}: RecordOptions): SQSRecord => ({
  messageId: id,
  receiptHandle: `receipt-${id}`,
  body: typeof body === 'string' ? body : JSON.stringify(body),
  attributes: {
    ApproximateReceiveCount: String(receiveCount),
    SentTimestamp: String(sentAtMs),
    SenderId: 'test',
    ApproximateFirstReceiveTimestamp: String(sentAtMs),
    MessageGroupId: groupId,
  },
  messageAttributes: Object.fromEntries(
    Object.entries(attributes).map(([name, stringValue]) => [
      name,
      { dataType: 'String', stringValue },
    ]),
  ),
  md5OfBody: '',
  eventSource: 'aws:sqs',
  eventSourceARN: 'arn:aws:sqs:eu-west-1:000000000000:test',
  awsRegion: 'eu-west-1',
});

export const sqsEvent = (...records: RecordOptions[]): SQSEvent => ({
  Records: records.map(sqsRecord),
});

/** An invocation with so much time left. */
export const contextWith = (remainingMs = 60_000): Context =>
  ({ getRemainingTimeInMillis: () => remainingMs }) as Context;
