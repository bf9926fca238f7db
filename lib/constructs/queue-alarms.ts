/** The two alarms that every queue has: something was given up, and something waits too long. */
import { Duration } from 'aws-cdk-lib';
import { TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import type { Alarms } from './alarms.ts';

export interface WatchedQueue {
  /** The contract's name: `customers` ends at the runbook's `customers-dead-letters`. */
  readonly name: string;
  readonly queue: IQueue;
  readonly deadLetters: IQueue;
  readonly staleAfterSeconds: number;
  /** Why a message of this queue becomes a dead letter, as a sentence. */
  readonly deadLettersMean: string;
}

const onAnyDeadLetter = ({ name, deadLetters, deadLettersMean }: WatchedQueue) => ({
  id: `${name}-dead-letters`,
  means: deadLettersMean,
  metric: deadLetters.metricApproximateNumberOfMessagesVisible({
    period: Duration.minutes(1),
    statistic: 'Maximum',
  }),
  threshold: 1,
  rings: 'at-or-above' as const,
  evaluationPeriods: 1,
  withoutData: {
    treatAs: TreatMissingData.NOT_BREACHING,
    because: 'SQS stops reporting a queue that nothing happened to for six hours, so it is empty',
  },
});

const onStaleMessages = ({ name, queue, staleAfterSeconds }: WatchedQueue) => ({
  id: `${name}-stale`,
  means: `The oldest message of the queue ${name} has waited for longer than ${staleAfterSeconds / 3_600} h.`,
  metric: queue.metricApproximateAgeOfOldestMessage({
    period: Duration.minutes(5),
    statistic: 'Maximum',
  }),
  threshold: staleAfterSeconds,
  rings: 'at-or-above' as const,
  evaluationPeriods: 3, // a single late reading is no backlog
  withoutData: {
    treatAs: TreatMissingData.NOT_BREACHING,
    because: 'SQS stops reporting a queue that nothing happened to for six hours, so nothing waits',
  },
});

/** Raises both alarms of a queue in the construct that owns its reader. */
export const raiseQueueAlarms = (owner: Construct, alarms: Alarms, watched: WatchedQueue): void => {
  alarms.raise(owner, onAnyDeadLetter(watched));
  alarms.raise(owner, onStaleMessages(watched));
};
