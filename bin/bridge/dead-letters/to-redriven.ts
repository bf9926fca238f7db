/** From a dead letter to the job as it is sent back. */
import { maxJobBytes } from '../../../shared/jobs/contract/messages.ts';
import type { OutgoingMessage } from '../../../shared/jobs/outgoing-messages.ts';
import { stampBytes } from '../jobs/check-job.ts';
import { describeIssues } from '../jobs/describe-issues.ts';
import { messageTypeOf, parseMessage } from '../jobs/job-types.ts';
import { readJob } from '../jobs/read-job.ts';
import { withOccurredAt } from '../jobs/with-occurred-at.ts';
import type { QueueName } from '../stage-resources.ts';
import type { DeadLetter } from './dead-letter.ts';

export type Redriven =
  | { readonly kind: 'job'; readonly queue: QueueName; readonly message: OutgoingMessage }
  /** Why it would only come back; completes the sentence "it …". */
  | { readonly kind: 'hopeless'; readonly why: string };

const hopeless = (why: string): Redriven => ({ kind: 'hopeless', why });

/**
 * A fresh message on the queue that its type belongs to: its three days begin anew, so it carries
 * none of the attributes that count them. Its place in the order of changes stays the same, by
 * `occurredAt` where it has none: when it was first sent.
 */
export const toRedriven = (letter: DeadLetter): Redriven => {
  const { body, groupId, queue, firstSentAtMs, isWhole } = letter;
  if (!isWhole) return hopeless('is one half of a long job, without its other');
  if (queue === 'inbound') return { kind: 'job', queue, message: { body, groupId } };
  const json = readJob(body);
  if ('problem' in json) return hopeless('is not JSON');
  const value = json.value as { type?: unknown; occurredAt?: unknown } | null;
  const type = messageTypeOf(value?.type);
  if (type === undefined || type.queue === 'inbound') return hopeless('has no type that is known');
  const { data, issues } = parseMessage(type.schema, value);
  const all = [...json.issues, ...issues];
  if (all.length > 0) return hopeless(`breaks the message schema (${describeIssues(all)})`);
  const { connectionId } = data as { connectionId?: string };
  const send = (text: string): Redriven => ({
    kind: 'job',
    queue: type.queue,
    message: { body: text, groupId: connectionId },
  });
  const bytes = Buffer.byteLength(body);
  if (bytes > maxJobBytes) return hopeless('is larger than a job may be');
  if (value?.occurredAt !== undefined) return send(body);
  return bytes + stampBytes > maxJobBytes
    ? hopeless('has no room for its time, and would overtake newer jobs')
    : send(withOccurredAt(body, firstSentAtMs));
};
