/** A dead-letter queue in memory: what is received is hidden until it is released. */
import { randomUUID } from 'node:crypto';
import type { DeadLetterQueue, ReceivedMessage } from '../../shared/jobs/dead-letter-queue.sqs.ts';

export interface MemoryDeadLetters extends DeadLetterQueue {
  put(body: string, attributes?: Record<string, string>, more?: Partial<ReceivedMessage>): string;
  /** What is left, hidden or not. */
  messages(): readonly ReceivedMessage[];
  /** How many nobody can see. */
  hidden(): number;
  /** Deletes fail from now on. */
  failRemoving(): void;
}

export const createMemoryDeadLetters = (): MemoryDeadLetters => {
  const messages = new Map<string, ReceivedMessage>();
  const hidden = new Set<string>();
  let removes = true;
  return {
    put(body, attributes = {}, more = {}) {
      const id = randomUUID();
      const sentAtMs = Date.parse('2026-03-01T00:00:00Z');
      messages.set(id, {
        id,
        receiptHandle: id,
        body,
        groupId: 'acme',
        attributes,
        sentAtMs,
        ...more,
      });
      return id;
    },
    async receive() {
      const visible = [...messages.values()].filter(({ id }) => !hidden.has(id)).slice(0, 10);
      for (const { id } of visible) hidden.add(id);
      return visible;
    },
    async remove(gone) {
      if (!removes) return gone.length;
      for (const { receiptHandle } of gone) messages.delete(receiptHandle);
      return 0;
    },
    async release(back) {
      for (const { receiptHandle } of back) hidden.delete(receiptHandle);
    },
    messages: () => [...messages.values()],
    hidden: () => [...hidden].filter((id) => messages.has(id)).length,
    failRemoving: () => {
      removes = false;
    },
  };
};
