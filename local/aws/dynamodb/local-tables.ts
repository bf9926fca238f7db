/** DynamoDB: dynalite on a thread of its own, which a request can neither end nor keep waiting. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { TableReply, TableRequest } from './table-request.ts';

/** dynalite takes a millisecond; one that takes this long waits for a lock that an error left. */
const replyTimeoutMs = 10_000;

export interface Tables {
  call(operation: string, body: string): Promise<Omit<TableReply, 'id'>>;
  close(): Promise<void>;
}

const failure = (message: string) => ({
  statusCode: 500,
  body: JSON.stringify({ __type: 'com.amazonaws.dynamodb.v20120810#InternalServerError', message }),
});

/** Starts the thread and waits until it runs. */
export const startTables = async (region: string, accountId: string): Promise<Tables> => {
  const thread = new Worker(new URL('./dynalite-thread.ts', import.meta.url), {
    execArgv: ['--disable-warning=ExperimentalWarning'],
    resourceLimits: { maxYoungGenerationSizeMb: 16 }, // its garbage would take 50 MB more
    env: { AWS_REGION: region, AWS_ACCOUNT_ID: accountId },
  });
  const waiting = new Map<number, (reply: TableReply) => void>();
  let lastId = 0;
  const failAll = (message: string) => {
    for (const answer of waiting.values()) answer({ id: 0, ...failure(message) });
  };
  thread.on('message', (reply: TableReply) => waiting.get(reply.id)?.(reply));
  thread.on('error', (error) => failAll(`dynalite's thread failed: ${String(error)}`));
  await once(thread, 'online');

  return {
    call: (operation, body) =>
      new Promise((resolve) => {
        lastId += 1;
        const request: TableRequest = { id: lastId, operation, body };
        const answer = (reply: Omit<TableReply, 'id'>) => {
          waiting.delete(request.id);
          clearTimeout(timeout);
          resolve(reply);
        };
        const giveUp = () => answer(failure(`dynalite did not answer ${operation}`));
        const timeout = setTimeout(giveUp, replyTimeoutMs);
        waiting.set(request.id, answer);
        thread.postMessage(request);
      }),
    close: async () => {
      await thread.terminate();
      failAll('the host is closed');
    },
  };
};
