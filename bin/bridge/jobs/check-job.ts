/** From a job's text to what sending it needs, or what is wrong with it. */
import { maxJobBytes, maxMessageBytes } from '../../../shared/jobs/contract/messages.ts';
import { shownNumber } from '../counted.ts';
import type { QueueName } from '../stage-resources.ts';
import { brokenTextIn } from './broken-text.ts';
import { describeIssues } from './describe-issues.ts';
import { messageTypeOf, parseMessage, producerTypes } from './job-types.ts';
import { readJob } from './read-job.ts';

export interface CheckedJob {
  readonly queue: QueueName;
  readonly type: string;
  readonly connectionId: string;
  readonly body: string;
  /** Whose order counts: jobs about one person are applied in the order of their `occurredAt`. */
  readonly person: string | undefined;
  readonly occurredAt: string | undefined;
}

/** `{"occurredAt":"2026-01-01T00:00:00.000Z",` */
export const stampBytes = 42;

const tooLarge = `is larger than 1 MiB less ${shownNumber(maxMessageBytes - maxJobBytes)} bytes, the limit of a job`;

const isObject = (value: unknown): value is { readonly type?: unknown } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

interface Fields {
  readonly type: string;
  readonly connectionId: string;
  readonly occurredAt?: string;
  readonly customer?: { readonly customerId: string };
  readonly person?: object;
}

const personOf = ({ connectionId, customer, person }: Fields, queue: QueueName) => {
  if (queue === 'events') return undefined; // an event stands for itself
  return JSON.stringify([connectionId, customer?.customerId ?? person]);
};

/** The job that a text holds; `problem` completes the sentence "line 3 …". */
export const checkJob = (text: string): CheckedJob | { readonly problem: string } => {
  const json = readJob(text);
  if ('problem' in json) return json;
  if (!isObject(json.value)) return { problem: 'is no JSON object' };
  const known = messageTypeOf(json.value.type);
  if (known === undefined || !producerTypes.includes(known.type))
    return { problem: `type: must be one of ${producerTypes.join(', ')}` };
  const { data, issues } = parseMessage(known.schema, json.value);
  const all = [...json.issues, ...issues, ...brokenTextIn(text, json.value)];
  if (all.length > 0) return { problem: describeIssues(all) };
  const fields = data as unknown as Fields;
  const room = fields.occurredAt === undefined ? stampBytes : 0;
  if (Buffer.byteLength(text) + room > maxJobBytes) return { problem: tooLarge };
  return {
    queue: known.queue,
    type: known.type,
    connectionId: fields.connectionId,
    body: text,
    person: personOf(fields, known.queue),
    occurredAt: fields.occurredAt,
  };
};
