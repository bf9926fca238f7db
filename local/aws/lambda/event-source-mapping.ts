/** Lambda's poller: gathers messages of a queue into batches and hands them to a function. */
import type { Message, Received } from '../sqs/message.ts';
import type { Queue } from '../sqs/queue.ts';
import { parseBatchItemFailures } from './batch-item-failures.ts';
import type { LambdaFunction } from './lambda-function.ts';
import { createSlots } from './slots.ts';
import { createRecordSizer, toSqsEvent } from './sqs-event.ts';

interface MappingSettings {
  readonly batchSize: number;
  /** How long a batch gathers after its first message. */
  readonly windowSeconds: number;
  /** Batches that run at once. */
  readonly maxConcurrency: number;
  readonly reportsBatchItemFailures: boolean;
}

export interface MappingOptions {
  readonly queue: Queue;
  readonly target: LambdaFunction;
  readonly settings: MappingSettings;
  readonly region: string;
}

export interface EventSourceMapping {
  readonly queue: Queue;
  stop(): void;
}

/** Lambda's limit on an event, and what its frame takes of it. */
const maxEventBytes = 6 * 1024 * 1024 - 1_024;

const longPollMs = 20_000;

/** Waits for a first message, then gathers until the batch is full, too large, or its time is up. */
const gather = async (
  { queue, settings }: MappingOptions,
  recordBytes: (message: Message) => number,
  signal: AbortSignal,
): Promise<readonly Received[]> => {
  let bytes = 0;
  let isFull = false;
  const accepts = (message: Message) => {
    bytes += recordBytes(message);
    isFull = bytes > maxEventBytes;
    return !isFull;
  };
  const receive = (max: number, waitMs: number) => queue.receive({ max, waitMs, signal, accepts });

  const batch = [...(await receive(settings.batchSize, longPollMs))];
  const untilMs = Date.now() + settings.windowSeconds * 1_000;
  while (batch.length > 0 && batch.length < settings.batchSize && !isFull && !signal.aborted) {
    const leftMs = untilMs - Date.now();
    if (leftMs <= 0) break;
    batch.push(...(await receive(settings.batchSize - batch.length, leftMs)));
  }
  return batch;
};

/** What failed stays in flight: it comes back when its visibility timeout ends. */
const deliver = async (
  { queue, target, settings, region }: MappingOptions,
  batch: readonly Received[],
): Promise<void> => {
  const event = toSqsEvent(batch, queue.settings.arn, region);
  const result = await target.invoke(JSON.stringify(event));
  if (!result.ok) return;
  const ids = new Set(batch.map(({ id }) => id));
  const failed = settings.reportsBatchItemFailures
    ? parseBatchItemFailures(result.payload, ids)
    : new Set();
  for (const { id, receiptHandle } of batch) if (!failed.has(id)) queue.delete(receiptHandle);
};

/** Polls until it is stopped. A batch is received only once an instance may run it. */
export const startEventSourceMapping = (options: MappingOptions): EventSourceMapping => {
  const { queue, target, settings } = options;
  const slots = createSlots(Math.min(settings.maxConcurrency, target.concurrency));
  const recordBytes = createRecordSizer(queue.settings, options.region);
  const stopped = new AbortController();

  const poll = async () => {
    while (!stopped.signal.aborted) {
      await slots.take();
      const batch = await gather(options, recordBytes, stopped.signal);
      if (batch.length === 0 || stopped.signal.aborted) slots.free();
      else void deliver(options, batch).finally(slots.free);
    }
  };
  void poll();
  return { queue, stop: () => stopped.abort() };
};
