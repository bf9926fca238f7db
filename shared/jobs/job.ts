/** A job: one message of a queue, parsed, with what SQS knows of it. */
import type { SQSRecord } from 'aws-lambda';
import * as z from 'zod';
import { type SourceTime, sourceTimeOf } from '../people/contract/source-times.ts';
import { pointerTo } from '../platform/json-pointer.ts';
import { epochMsText, jobAttributes } from './contract/dead-letters.ts';
import { maxJobBytes } from './contract/messages.ts';
import type { Refusal } from './outcome.ts';
import { parseStrictly } from './strict-json.ts';

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

/** Jobs are ordered by their source times: when it happened at the source, or was first sent. */
export interface Job<M extends JobMessage = JobMessage> extends Delivery, Required<SourceTime> {
  readonly message: M;
  /**
   * Epoch milliseconds: when it had happened, and no later than it was first sent. So much counts
   * against what Klaviyo says; among jobs their own order does.
   */
  readonly happenedByMs: number;
}

const dayMs = 86_400_000;
const sinceThen = epochMsText.optional().catch(undefined);
/** What copies of a job carry. Producers can set the same: what is no such value does not count. */
const carried = z.object({
  [jobAttributes.firstSentAtMs]: sinceThen,
  [jobAttributes.triedFromMs]: sinceThen,
  [jobAttributes.failures]: z.string().regex(/^\d$/).transform(Number).catch(0),
});

const carriedBy = ({ messageAttributes }: SQSRecord) => {
  const entries = Object.entries(messageAttributes);
  return carried.parse(
    Object.fromEntries(entries.map(([name, { stringValue }]) => [name, stringValue])),
  );
};

export const toDelivery = (record: SQSRecord): Delivery => {
  const { SentTimestamp, MessageGroupId, ApproximateReceiveCount } = record.attributes;
  const sentAtMs = Number(SentTimestamp);
  const before = carriedBy(record);
  const firstSentAtMs = Math.min(before.firstSentAtMs ?? sentAtMs, sentAtMs);
  const triedFromMs = before.triedFromMs ?? firstSentAtMs;
  return {
    id: record.messageId,
    receiptHandle: record.receiptHandle,
    body: record.body,
    groupId: MessageGroupId,
    firstSentAtMs,
    triedFromMs: triedFromMs > sentAtMs + dayMs ? firstSentAtMs : triedFromMs,
    receiveCount: Number(ApproximateReceiveCount),
    failures: before.failures,
  };
};

/** A JSON pointer to the field that an issue is about; an unknown field is named itself. */
const pointerOf = (issue: z.core.$ZodIssue): string =>
  pointerTo(
    issue.code === 'unrecognized_keys' ? [...issue.path, ...issue.keys.slice(0, 1)] : issue.path,
  );

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

const invalid = (errorCode: string | undefined, pointer?: string): Refusal => ({
  kind: 'refused',
  reason: 'invalid_message',
  errorCode,
  pointer,
});

/** What is in the body, if all of it can be read; else why it is refused. */
const read = (body: string): { readonly value: unknown } | Refusal => {
  if (Buffer.byteLength(body) > maxJobBytes) return invalid('too_large');
  try {
    const { value, faults } = parseStrictly(body);
    const [fault] = faults;
    return fault === undefined ? { value } : invalid(fault.code, pointerTo(fault.path));
  } catch {
    return { kind: 'refused', reason: 'invalid_json' };
  }
};

/** What is nested thousands of levels deep overflows the stack: it must not end the whole batch. */
const tryParse = <M>(value: unknown, schema: z.ZodType<M>): z.ZodSafeParseResult<M> | Refusal => {
  try {
    return schema.safeParse(value);
  } catch (error) {
    return invalid(error instanceof Error ? error.name : typeof error);
  }
};

/** The job that a message holds, or why it holds none. */
export const parseJob = <M extends JobMessage>(
  delivery: Delivery,
  schema: z.ZodType<M>,
): Job<M> | Refusal => {
  const json = read(delivery.body);
  if ('kind' in json) return json;
  const parsed = tryParse(json.value, schema);
  if ('reason' in parsed) return parsed;
  if (parsed.success) {
    const { occurredAt } = parsed.data;
    const { firstSentAtMs } = delivery;
    const givenMs = occurredAt === undefined ? firstSentAtMs : Date.parse(occurredAt);
    return { ...delivery, message: parsed.data, ...sourceTimeOf(givenMs, firstSentAtMs) };
  }
  const about = sharpest(parsed.error.issues);
  return invalid(about?.code, about && pointerOf(about));
};
