import type { Job, JobMessage } from '../../shared/jobs/job.ts';
import { sourceTimeOf } from '../../shared/people/contract/source-times.ts';

let nextId = 1;

/** A job as the runtime hands it to a queue's logic. */
export const jobOf = <M extends JobMessage>(
  message: M,
  overrides: Partial<Omit<Job<M>, 'message'>> = {},
): Job<M> => {
  const id = overrides.id ?? `job-${nextId++}`;
  const firstSentAtMs = overrides.firstSentAtMs ?? Date.now();
  return {
    id,
    receiptHandle: `receipt-${id}`,
    body: JSON.stringify(message),
    groupId: message.connectionId,
    firstSentAtMs,
    triedFromMs: firstSentAtMs,
    receiveCount: 1,
    failures: 0,
    message,
    ...sourceTimeOf(
      message.occurredAt === undefined ? firstSentAtMs : Date.parse(message.occurredAt),
      firstSentAtMs,
    ),
    ...overrides,
  };
};
