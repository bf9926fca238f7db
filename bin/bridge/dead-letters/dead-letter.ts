/** A dead letter: one given-up job, whole again where it came in two halves. */

import * as z from 'zod';
import { connectionId } from '../../../shared/connections/contract.ts';
import { deadLetterAttributes, epochMsText } from '../../../shared/jobs/contract/dead-letters.ts';
import type { ReceivedMessage } from '../../../shared/jobs/dead-letter-queue.sqs.ts';
import type { QueueName } from '../stage-resources.ts';

export interface DeadLetter {
  /** SQS's id of its message, of the first half where there are two. */
  readonly id: string;
  /** Whose job it was. */
  readonly queue: QueueName;
  readonly body: string;
  readonly groupId: string | undefined;
  /** Undefined where SQS itself moved it, after too many receives. */
  readonly reason: string | undefined;
  readonly errorCode: string | undefined;
  readonly pointer: string | undefined;
  readonly operation: string | undefined;
  readonly connectionId: string | undefined;
  readonly jobType: string | undefined;
  /** Epoch milliseconds; when it was given up, where its attribute is off. */
  readonly firstSentAtMs: number;
  readonly givenUpAtMs: number;
  /** Attributes that are not what the bridge writes: somebody else has, and they do not count. */
  readonly oddAttributes: readonly string[];
  /** False for one half of a long job whose other half is not there. */
  readonly isWhole: boolean;
  /** What it is in the dead-letter queue: one message or two. */
  readonly messages: readonly ReceivedMessage[];
}

/** The servers of SQS do not have the very same time. */
const clockSkewMs = 1_000;

const label = z.string().min(1).max(1_024);
const attributes = z.object({
  [deadLetterAttributes.reason]: label.regex(/^[a-z_]+$/),
  [deadLetterAttributes.errorCode]: label,
  [deadLetterAttributes.pointer]: label,
  [deadLetterAttributes.operation]: label,
  [deadLetterAttributes.connectionId]: connectionId,
  [deadLetterAttributes.jobType]: label,
  [deadLetterAttributes.firstSentAtMs]: epochMsText,
  [deadLetterAttributes.part]: z.string().regex(/^.+ [12]\/2$/s),
});

type Attributes = Partial<z.output<typeof attributes>>;

/** What of the attributes is as the bridge writes it, and the names of the others. */
const readAttributes = ({ attributes: given }: ReceivedMessage) => {
  const read: Record<string, unknown> = {};
  const odd: string[] = [];
  for (const [name, schema] of Object.entries(attributes.shape)) {
    if (given[name] === undefined) continue;
    const { data, success } = schema.safeParse(given[name]);
    if (success) read[name] = data;
    else odd.push(name);
  }
  return { read: read as Attributes, odd };
};

export const toDeadLetter = (
  queue: QueueName,
  messages: readonly [ReceivedMessage, ...ReceivedMessage[]],
  isWhole = true,
): DeadLetter => {
  const [first] = messages;
  const { read, odd } = readAttributes(first);
  const { firstSentAtMs = first.sentAtMs } = read;
  const isAhead = firstSentAtMs > first.sentAtMs + clockSkewMs;
  return {
    id: first.id,
    queue,
    body: messages.map(({ body }) => body).join(''),
    groupId: first.groupId,
    reason: read.reason,
    errorCode: read.errorCode,
    pointer: read.pointer,
    operation: read.operation,
    connectionId: read.connectionId ?? first.groupId,
    jobType: read.jobType,
    firstSentAtMs: Math.min(firstSentAtMs, first.sentAtMs),
    givenUpAtMs: first.sentAtMs,
    oddAttributes: isAhead ? [...odd, deadLetterAttributes.firstSentAtMs] : odd,
    isWhole,
    messages,
  };
};

export interface JoinParts {
  /** The dead letter that a message makes, alone or with the halves that came before it. */
  add(message: ReceivedMessage): DeadLetter | undefined;
  /** Halves whose others have not come, each by itself. */
  halves(): DeadLetter[];
}

const partName = /^(.+) ([12])\/2$/s;
const partsOfOne = 2;

/** Puts the halves of long jobs together, in whatever order they come. */
export const createJoinParts = (queue: QueueName): JoinParts => {
  const waiting = new Map<string, Map<number, ReceivedMessage>>();
  return {
    add(message) {
      const [, jobId, number] =
        partName.exec(message.attributes[deadLetterAttributes.part] ?? '') ?? [];
      if (jobId === undefined) return toDeadLetter(queue, [message]);
      const parts = waiting.get(jobId) ?? new Map<number, ReceivedMessage>();
      waiting.set(jobId, parts.set(Number(number), message));
      if (parts.size < partsOfOne) return undefined;
      waiting.delete(jobId);
      const [first = message, ...rest] = [...parts]
        .toSorted(([a], [b]) => a - b)
        .map(([, one]) => one);
      return toDeadLetter(queue, [first, ...rest]);
    },
    halves: () =>
      [...waiting.values()]
        .flatMap((parts) => [...parts.values()])
        .map((half) => toDeadLetter(queue, [half], false)),
  };
};
