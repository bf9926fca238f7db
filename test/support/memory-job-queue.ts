import type { JobQueue } from '../../shared/jobs/dispose-jobs.ts';
import type { OutgoingMessage } from '../../shared/jobs/outgoing-messages.ts';

/** A job queue that remembers what was asked of it, and fails where a test says so. */
export const createMemoryJobQueue = ({ failing = false } = {}) => {
  const visibility = new Map<string, number>();
  const copies: OutgoingMessage[] = [];
  const deadLetters: OutgoingMessage[] = [];
  const into = (store: OutgoingMessage[]) => async (messages: readonly OutgoingMessage[]) => {
    if (failing) return new Set(messages.keys());
    store.push(...messages);
    return new Set<number>();
  };
  const queue: JobQueue = {
    async setVisibility(entries) {
      for (const { receiptHandle, waitSeconds } of entries)
        visibility.set(receiptHandle, waitSeconds);
    },
    sendAgain: into(copies),
    sendDeadLetters: into(deadLetters),
  };
  return { queue, visibility, copies, deadLetters };
};
