/** The queues with their dead letters, as `status` shows them. */
import {
  createReadOldestAges,
  createReadQueueCounts,
} from '../../../shared/jobs/queue-counts.aws.ts';
import { collectLetters } from '../dead-letters/collect-letters.ts';
import { reasonOf } from '../dead-letters/letter-filter.ts';
import { deadLettersOf } from '../dead-letters/open-letters.ts';
import type { OpenedStage } from '../open-stage.ts';
import { type QueueName, queueNames } from '../stage-resources.ts';
import type { Cell } from '../terminal.ts';
import { shownDuration } from './duration.ts';

export interface QueueStatus {
  readonly queue: QueueName;
  readonly visible: number;
  readonly inFlight: number;
  readonly delayed: number;
  /** Null where CloudWatch does not tell. */
  readonly oldestSeconds: number | null;
  readonly deadLetters: number;
}

/** About the first of each queue: enough to see what is wrong. */
const sampleSize = 100;

export const readQueues = async (
  { clients, resources }: OpenedStage,
  nowMs: number,
): Promise<QueueStatus[]> => {
  const readCounts = createReadQueueCounts(clients.sqs);
  const queues = queueNames.map((name) => resources.queues[name]);
  // A stage may be looked at without the right to look at its metrics.
  const ages = createReadOldestAges()(
    queues.map(({ url }) => url),
    nowMs,
  ).catch(() => new Map<string, number>());
  return Promise.all(
    queues.map(async ({ name, url, deadLettersUrl }) => {
      const [counts, dead] = await Promise.all([readCounts(url), readCounts(deadLettersUrl)]);
      return {
        queue: name,
        ...counts,
        oldestSeconds: (await ages).get(url) ?? null,
        deadLetters: dead.visible + dead.inFlight,
      };
    }),
  );
};

export interface ReasonCount {
  readonly queue: QueueName;
  readonly reason: string;
  readonly count: number;
}

/** How many there are of each reason, among the first dead letters of each queue. */
export const readReasons = async (
  stage: OpenedStage,
  queues: readonly QueueStatus[],
  signal: AbortSignal,
): Promise<ReasonCount[]> => {
  const filled = queues.filter(({ deadLetters }) => deadLetters > 0).map(({ queue }) => queue);
  const readings = filled.map(async (queue) => {
    const letters = { queues: [queue], filter: {}, deadLetters: deadLettersOf(stage) };
    const { letters: sample } = await collectLetters(letters, sampleSize, signal);
    const groups = Map.groupBy(sample, reasonOf);
    return [...groups].map(([reason, { length }]) => ({ queue, reason, count: length }));
  });
  return (await Promise.all(readings)).flat();
};

export const queueRow = (one: QueueStatus): Cell[] => [
  one.queue,
  String(one.visible),
  String(one.inFlight),
  String(one.delayed),
  one.oldestSeconds === null ? '-' : shownDuration(one.oldestSeconds),
  one.deadLetters === 0 ? '0' : { text: String(one.deadLetters), style: 'red' },
];
