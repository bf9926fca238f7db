/** From a job's text to what sending it needs, or what is wrong with it. */
import { maxMessageBytes } from '../../../shared/contracts/messages.ts';
import { plainWords } from '../plain-words.ts';
import type { QueueName } from '../stage-resources.ts';
import { describeIssues } from './describe-issues.ts';
import { messageTypeOf, producerTypes } from './job-types.ts';

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

/** SQS takes every character that XML does, and these are none. */
const notForSqs = /[\ufffe\uffff]/;

const severalLines =
  'begins a job of several lines: write each job on one, or all of them as one JSON array';

/** The parser's own words would quote the text. */
const parseJson = (text: string): { value: unknown } | { problem: string } => {
  try {
    return { value: JSON.parse(text) };
  } catch (error) {
    if (/^[[{]$/.test(text)) return { problem: severalLines };
    const position = /at position (\d+)/.exec((error as Error).message)?.[1];
    const place = position === undefined ? '' : `, at its character ${Number(position) + 1}`;
    return { problem: `is not JSON${place}` };
  }
};

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
  const json = parseJson(text);
  if ('problem' in json) return json;
  if (!isObject(json.value)) return { problem: 'is no JSON object' };
  const known = messageTypeOf(json.value.type);
  if (known === undefined || !producerTypes.includes(known.type))
    return { problem: `type: must be one of ${producerTypes.join(', ')}` };
  const parsed = known.schema.safeParse(json.value, { error: plainWords });
  if (!parsed.success) return { problem: describeIssues(parsed.error.issues) };
  if (notForSqs.test(text)) return { problem: 'holds U+FFFE or U+FFFF, which SQS does not take' };
  const fields = parsed.data as unknown as Fields;
  const room = fields.occurredAt === undefined ? stampBytes : 0;
  if (Buffer.byteLength(text) + room > maxMessageBytes)
    return { problem: "is larger than 1 MiB, SQS's limit" };
  return {
    queue: known.queue,
    type: known.type,
    connectionId: fields.connectionId,
    body: text,
    person: personOf(fields, known.queue),
    occurredAt: fields.occurredAt,
  };
};
