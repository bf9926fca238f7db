/** A job: one message of a queue, parsed, with what SQS knows of it. */
import type { SQSRecord } from 'aws-lambda';
import type * as z from 'zod';
import { jobAttributes } from '../contracts/dead-letters.ts';
import type { Refusal } from './fate.ts';

/** What all jobs have in common. */
export interface JobMessage {
  readonly connectionId: string;
  readonly type: string;
  readonly occurredAt?: string | undefined;
}

/** A message as it stands in the queue, before it is known to be a job. */
export interface Delivery {
  readonly id: string;
  readonly receiptHandle: string;
  readonly body: string;
  readonly groupId: string | undefined;
  /** Epoch milliseconds at which it was first sent, before any copy of it. */
  readonly firstSentAtMs: number;
  readonly receiveCount: number;
  /** How often it failed for an unexpected error. */
  readonly failures: number;
}

export interface Job<M extends JobMessage = JobMessage> extends Delivery {
  readonly message: M;
  /** Epoch milliseconds: when it happened at the source, or when it was first sent. */
  readonly occurredAtMs: number;
}

const numberAttribute = (record: SQSRecord, name: string): number | undefined => {
  const value = Number(record.messageAttributes[name]?.stringValue ?? Number.NaN);
  return Number.isFinite(value) ? value : undefined;
};

export const toDelivery = (record: SQSRecord): Delivery => ({
  id: record.messageId,
  receiptHandle: record.receiptHandle,
  body: record.body,
  groupId: record.attributes.MessageGroupId,
  firstSentAtMs:
    numberAttribute(record, jobAttributes.firstSentAtMs) ?? Number(record.attributes.SentTimestamp),
  receiveCount: Number(record.attributes.ApproximateReceiveCount),
  failures: numberAttribute(record, jobAttributes.failures) ?? 0,
});

/** A JSON pointer to the field that an issue is about; an unknown field is named itself. */
const pointerOf = (issue: z.core.$ZodIssue): string => {
  const path =
    issue.code === 'unrecognized_keys' ? [...issue.path, ...issue.keys.slice(0, 1)] : issue.path;
  return path
    .map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`)
    .join('');
};

/** The deepest issue of those that a union gathered: the branch that came closest. */
const sharpest = (issue: z.core.$ZodIssue): z.core.$ZodIssue => {
  if (issue.code !== 'invalid_union') return issue;
  const nested = issue.errors
    .flat()
    .map((inner) => sharpest({ ...inner, path: [...issue.path, ...inner.path] } as typeof inner));
  return nested.toSorted((a, b) => b.path.length - a.path.length)[0] ?? issue;
};

const parseJson = (body: string): { value: unknown } | undefined => {
  try {
    return { value: JSON.parse(body) };
  } catch {
    return undefined;
  }
};

/** The job that a message holds, or why it holds none. */
export const parseJob = <M extends JobMessage>(
  delivery: Delivery,
  schema: z.ZodType<M>,
): Job<M> | Refusal => {
  const json = parseJson(delivery.body);
  if (json === undefined) return { kind: 'refused', reason: 'invalid_json' };
  const parsed = schema.safeParse(json.value);
  if (parsed.success) {
    const { occurredAt } = parsed.data;
    const occurredAtMs = occurredAt === undefined ? delivery.firstSentAtMs : Date.parse(occurredAt);
    return { ...delivery, message: parsed.data, occurredAtMs };
  }
  const issue = parsed.error.issues[0];
  const about = issue === undefined ? undefined : sharpest(issue);
  return {
    kind: 'refused',
    reason: 'invalid_message',
    errorCode: about?.code,
    pointer: about === undefined ? undefined : pointerOf(about),
  };
};
