/** A job queue and its dead letters in SQS. */
import { ChangeMessageVisibilityBatchCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { chunksOf } from '../platform/chunks-of.ts';
import type { JobQueue, Visibility } from './dispose-jobs.ts';
import { createQueuePublisher } from './queue-publisher.sqs.ts';

const maxEntriesPerRequest = 10;

export const createJobQueue = ({
  client,
  queueUrl,
  deadLetterQueueUrl,
  onError,
}: {
  readonly client: Pick<SQSClient, 'send'>;
  readonly queueUrl: string;
  readonly deadLetterQueueUrl: string;
  /** Told why a request failed. What it concerned stays in the queue. */
  readonly onError: (error: unknown) => void;
}): JobQueue => {
  const changeVisibility = async (entries: readonly Visibility[]) => {
    try {
      await client.send(
        new ChangeMessageVisibilityBatchCommand({
          QueueUrl: queueUrl,
          Entries: entries.map(({ receiptHandle, waitSeconds }, index) => ({
            Id: String(index),
            ReceiptHandle: receiptHandle,
            VisibilityTimeout: waitSeconds,
          })),
        }),
      );
    } catch (error) {
      onError(error);
    }
  };

  return {
    async setVisibility(entries) {
      await Promise.all(chunksOf(entries, maxEntriesPerRequest).map(changeVisibility));
    },
    sendAgain: createQueuePublisher({ client, queueUrl, onError }),
    sendDeadLetters: createQueuePublisher({ client, queueUrl: deadLetterQueueUrl, onError }),
  };
};
