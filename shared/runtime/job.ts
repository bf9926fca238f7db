/** A job: one message of a queue, parsed, with what SQS knows of it. */
import type { SQSRecord } from 'aws-lambda';
import type * as z from 'zod';
import { jobAttributes } from '../contracts/dead-letters.ts';
import { type WordTime, wordTimeOf } from '../contracts/word-times.ts';
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
  /** Epoch milliseconds from which on it could be tried: it is no older than that where it fails. */
  readonly triedFromMs: number;
  readonly receiveCount: number;
  /** How often it failed for an unexpected error. */
  readonly failures: number;
}

/** Jobs are ordered by the time of their word: when it happened at the source, or was first sent. */
export interface Job<M extends JobMessage = JobMessage> extends Delivery, Required<WordTime> {
  readonly message: M;
  /**
   * Epoch milliseconds: when it had happened, and no later than it was first sent. So much counts
   * against what Klaviyo says; among jobs their own order does.
   */
  readonly happenedByMs: number;
}

const numberAttribute = (record: SQSRecord, name: string): number | undefined => {
  const value = Number(record.messageAttributes[name]?.stringValue ?? Number.NaN);
  return Number.isFinite(value) ? value : undefined;
};

export const toDelivery = (record: SQSRecord): Delivery => {
  const { SentTimestamp, MessageGroupId, ApproximateReceiveCount } = record.attributes;
  const firstSentAtMs =
    numberAttribute(record, jobAttributes.firstSentAtMs) ?? Number(SentTimestamp);
  return {
    id: record.messageId,
    receiptHandle: record.receiptHandle,
    body: record.body,
    groupId: MessageGroupId,
    firstSentAtMs,
    triedFromMs: numberAttribute(record, jobAttributes.triedFromMs) ?? firstSentAtMs,
    receiveCount: Number(ApproximateReceiveCount),
    failures: numberAttribute(record, jobAttributes.failures) ?? 0,
  };
};

/** A JSON pointer to the field that an issue is about; an unknown field is named itself. */
const pointerOf = (issue: z.core.$ZodIssue): string => {
  const path =
    issue.code === 'unrecognized_keys' ? [...issue.path, ...issue.keys.slice(0, 1)] : issue.path;
  return path
    .map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`)
    .join('');
};

/** The issues with those inside unions in their place. */
const flatten = (issue: z.core.$ZodIssue): z.core.$ZodIssue[] =>
  issue.code !== 'invalid_union' || issue.errors.length === 0
    ? [issue]
    : issue.errors
        .flat()
        .flatMap((inner) => flatten({ ...inner, path: [...issue.path, ...inner.path] }));

/** The issue that helps most: a field that does not exist, as a typo makes it; else the deepest. */
const sharpest = (issues: readonly z.core.$ZodIssue[]): z.core.$ZodIssue | undefined => {
  const all = issues.flatMap(flatten);
  return (
    all.find(({ code }) => code === 'unrecognized_keys') ??
    all.toSorted((first, second) => second.path.length - first.path.length)[0]
  );
};

const parseJson = (body: string): { value: unknown } | undefined => {
  try {
    return { value: JSON.parse(body) };
  } catch {
    return undefined;
  }
};

/** What is nested thousands of levels deep overflows the stack: it must not end the whole batch. */
const tryParse = <M>(value: unknown, schema: z.ZodType<M>): z.ZodSafeParseResult<M> | Refusal => {
  try {
    return schema.safeParse(value);
  } catch (error) {
    const errorCode = error instanceof Error ? error.name : typeof error;
    return { kind: 'refused', reason: 'invalid_message', errorCode };
  }
};

/** The job that a message holds, or why it holds none. */
export const parseJob = <M extends JobMessage>(
  delivery: Delivery,
  schema: z.ZodType<M>,
): Job<M> | Refusal => {
  const json = parseJson(delivery.body);
  if (json === undefined) return { kind: 'refused', reason: 'invalid_json' };
  const parsed = tryParse(json.value, schema);
  if ('reason' in parsed) return parsed;
  if (parsed.success) {
    const { occurredAt } = parsed.data;
    const { firstSentAtMs } = delivery;
    const givenMs = occurredAt === undefined ? firstSentAtMs : Date.parse(occurredAt);
    return { ...delivery, message: parsed.data, ...wordTimeOf(givenMs, firstSentAtMs) };
  }
  const about = sharpest(parsed.error.issues);
  return {
    kind: 'refused',
    reason: 'invalid_message',
    errorCode: about?.code,
    pointer: about === undefined ? undefined : pointerOf(about),
  };
};
