/** A dead letter: one given-up job, whole again where it came in two halves. */
import type { ReceivedMessage } from '../../../shared/aws/dead-letter-queue.ts';
import { deadLetterAttributes } from '../../../shared/contracts/dead-letters.ts';
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
  /** Epoch milliseconds. */
  readonly firstSentAtMs: number;
  readonly givenUpAtMs: number;
  /** False for one half of a long job whose other half is not there. */
  readonly isWhole: boolean;
  /** What it is in the dead-letter queue: one message or two. */
  readonly messages: readonly ReceivedMessage[];
}

export const toDeadLetter = (
  queue: QueueName,
  messages: readonly [ReceivedMessage, ...ReceivedMessage[]],
  isWhole = true,
): DeadLetter => {
  const [first] = messages;
  const attribute = (name: keyof typeof deadLetterAttributes) =>
    first.attributes[deadLetterAttributes[name]];
  return {
    id: first.id,
    queue,
    body: messages.map(({ body }) => body).join(''),
    groupId: first.groupId,
    reason: attribute('reason'),
    errorCode: attribute('errorCode'),
    pointer: attribute('pointer'),
    operation: attribute('operation'),
    connectionId: attribute('connectionId') ?? first.groupId,
    jobType: attribute('jobType'),
    firstSentAtMs: Number(attribute('firstSentAtMs') ?? first.sentAtMs),
    givenUpAtMs: first.sentAtMs,
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

const partName = /^(.+) (\d+)\/(\d+)$/;

/** Puts the halves of long jobs together, in whatever order they come. */
export const createJoinParts = (queue: QueueName): JoinParts => {
  const waiting = new Map<string, Map<number, ReceivedMessage>>();
  return {
    add(message) {
      const [, jobId, number, total] =
        partName.exec(message.attributes[deadLetterAttributes.part] ?? '') ?? [];
      if (jobId === undefined) return toDeadLetter(queue, [message]);
      const parts = waiting.get(jobId) ?? new Map<number, ReceivedMessage>();
      waiting.set(jobId, parts.set(Number(number), message));
      if (parts.size < Number(total)) return undefined;
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
