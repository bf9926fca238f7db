/** The second reading of a file: its jobs go to their queues, batch by batch. */
import { setTimeout as sleep } from 'node:timers/promises';
import { outcomeOf } from '../../../shared/jobs/outcome.ts';
import type { PublishMessages } from '../../../shared/jobs/queue-publisher.sqs.ts';
import { counted } from '../counted.ts';
import { explainError } from '../explain-error.ts';
import { CommandFailure } from '../failure.ts';
import type { QueueName } from '../stage-resources.ts';
import { type CheckedJob, checkJob } from './check-job.ts';
import type { Entry } from './entry.ts';
import type { JobSource } from './job-source.ts';
import { createKeepOrder } from './keep-order.ts';
import type { SendingProgress } from './sending-progress.ts';

export interface SendJobsOptions {
  readonly source: JobSource;
  readonly progress: SendingProgress;
  /** Tells of the errors that SQS answered with. */
  readonly publisherFor: (queue: QueueName, onError: (error: unknown) => void) => PublishMessages;
  readonly signal: AbortSignal;
  readonly onSent: (jobs: number) => void;
}

export interface Sent {
  readonly jobs: number;
  readonly byQueue: Readonly<Partial<Record<QueueName, number>>>;
  /** Sent by an earlier command that was interrupted. */
  readonly before: number;
}

/** About a quarter of a second of sending: what is sent twice at most where it is cut off. */
const entriesPerBatch = 1_000;
const bytesPerBatch = 8 * 1_048_576;
const maxAttempts = 5;
const firstPauseMs = 250;

async function* batchesOf(entries: AsyncIterable<Entry>): AsyncGenerator<Entry[], void, void> {
  let batch: Entry[] = [];
  let bytes = 0;
  for await (const entry of entries) {
    batch.push(entry);
    bytes += 'text' in entry ? entry.text.length : 0;
    if (batch.length < entriesPerBatch && bytes < bytesPerBatch) continue;
    yield batch;
    batch = [];
    bytes = 0;
  }
  if (batch.length > 0) yield batch;
}

async function* skip<T>(items: AsyncIterable<T>, count: number): AsyncGenerator<T, void, void> {
  let left = count;
  for await (const item of items)
    if (left > 0) left -= 1;
    else yield item;
}

const jobOf = (entry: Entry): CheckedJob[] => {
  if ('problem' in entry) return [];
  const checked = checkJob(entry.text);
  return 'problem' in checked ? [] : [checked];
};

/** Such as a permission that is missing: no pause mends it. */
const isFinal = (error: unknown): boolean =>
  (error as { $fault?: unknown } | undefined)?.$fault === 'client' &&
  outcomeOf(error).kind !== 'retry';

/** Sends jobs of one queue, again where SQS did not take them. @throws CommandFailure in the end. */
const createSendToQueue =
  (queue: QueueName, publisherFor: SendJobsOptions['publisherFor']) =>
  async (jobs: readonly CheckedJob[]): Promise<void> => {
    let reason: unknown;
    const publish = publisherFor(queue, (error) => {
      reason = error;
    });
    let waiting = jobs.map(({ body, connectionId }) => ({ body, groupId: connectionId }));
    for (let attempt = 1; ; attempt += 1) {
      const failed = await publish(waiting);
      waiting = waiting.filter((_, index) => failed.has(index));
      if (waiting.length === 0) return;
      if (attempt === maxAttempts || isFinal(reason))
        throw new CommandFailure(explainError(reason).line);
      await sleep(firstPauseMs * 2 ** attempt);
    }
  };

/**
 * Sends what is not sent yet. Broken entries are left out.
 * @throws CommandFailure that says how far it got, when interrupted or when SQS does not take more.
 */
export const sendJobs = async (options: SendJobsOptions): Promise<Sent> => {
  const { source, progress, publisherFor, signal, onSent } = options;
  const keepOrder = createKeepOrder();
  const byQueue: Partial<Record<QueueName, number>> = {};
  let { entriesDone, jobsSent } = progress.start;
  const before = jobsSent;

  const again = progress.isSaved
    ? 'run the same command again to send the rest'
    : 'how far it got could not be saved, so give all of it again: sending a job twice does no harm';

  const sendBatch = async (jobs: readonly CheckedJob[]) => {
    const groups = Map.groupBy(jobs, ({ queue }) => queue);
    const sends = [...groups].map(([queue, group]) =>
      createSendToQueue(queue, publisherFor)(group),
    );
    const results = await Promise.allSettled(sends);
    const failure = results.find((result) => result.status === 'rejected');
    if (failure !== undefined) throw failure.reason;
    for (const [queue, group] of groups) byQueue[queue] = (byQueue[queue] ?? 0) + group.length;
  };

  const sendAll = async () => {
    for await (const entries of batchesOf(skip(source.entries(), entriesDone))) {
      if (signal.aborted) throw new CommandFailure('interrupted');
      const jobs = keepOrder(entries.flatMap(jobOf));
      await sendBatch(jobs);
      entriesDone += entries.length;
      jobsSent += jobs.length;
      await progress.save(entriesDone, jobsSent);
      onSent(jobs.length);
    }
  };
  await sendAll().catch((error: unknown) => {
    throw new CommandFailure(
      `${explainError(error).line}: ${counted(jobsSent, 'job')} sent so far; ${again}`,
    );
  });
  await progress.end();
  return { jobs: jobsSent - before, byQueue, before };
};
