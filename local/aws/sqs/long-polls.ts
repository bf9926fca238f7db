/** The receivers that wait for a queue's next messages, served in the order of their coming. */
import type { Received } from './message.ts';
import type { ReceiveRequest } from './queue.ts';

/** What a receiver gets; `ended` when the next message did not fit into its batch. */
export interface Taken {
  readonly batch: readonly Received[];
  readonly ended: boolean;
}

export interface LongPolls {
  /** Waits for messages, and gives none once the time is up or the receiver has hung up. */
  wait(request: ReceiveRequest): Promise<readonly Received[]>;
  /** There may be something to hand out, now or at another time than before. */
  wake(): void;
  close(): void;
}

interface Wait {
  readonly request: ReceiveRequest;
  readonly finish: (batch: readonly Received[]) => void;
}

export interface LongPollDependencies {
  readonly take: (request: ReceiveRequest) => Taken;
  /** When the next hidden message becomes visible. */
  readonly nextAtMs: () => number | undefined;
  readonly now: () => number;
}

export const createLongPolls = ({ take, nextAtMs, now }: LongPollDependencies): LongPolls => {
  const waits = new Set<Wait>();
  let timer: NodeJS.Timeout | undefined;
  let awake = false;

  const serve = () => {
    awake = false;
    clearTimeout(timer);
    for (const wait of waits) {
      const { batch, ended } = take(wait.request);
      if (batch.length > 0 || ended) wait.finish(batch);
      else break; // there is nothing for those behind it either
    }
    const atMs = waits.size > 0 ? nextAtMs() : undefined;
    if (atMs !== undefined) timer = setTimeout(serve, Math.max(1, atMs - now()));
  };
  /** A moment later, so that the messages of one request are handed out together. */
  const wake = () => {
    if (awake || waits.size === 0) return;
    awake = true;
    queueMicrotask(serve);
  };

  return {
    wake,
    wait: (request) =>
      new Promise((resolve) => {
        const giveUp = () => wait.finish([]);
        const timeout = setTimeout(giveUp, request.waitMs);
        const wait: Wait = {
          request,
          finish(batch) {
            waits.delete(wait);
            clearTimeout(timeout);
            request.signal?.removeEventListener('abort', giveUp);
            resolve(batch);
          },
        };
        waits.add(wait);
        request.signal?.addEventListener('abort', giveUp, { once: true });
        wake();
      }),
    close() {
      clearTimeout(timer);
      for (const wait of waits) wait.finish([]);
    },
  };
};
