import { GetQueueAttributesCommand, type SQSClient } from '@aws-sdk/client-sqs';

/** Counts, about, the messages that wait on a queue. */
export const createCountMessages =
  ({ client, queueUrl }: { readonly client: Pick<SQSClient, 'send'>; readonly queueUrl: string }) =>
  async (): Promise<number> => {
    const { Attributes } = await client.send(
      new GetQueueAttributesCommand({
        QueueUrl: queueUrl,
        AttributeNames: ['ApproximateNumberOfMessages'],
      }),
    );
    return Number(Attributes?.ApproximateNumberOfMessages ?? 0);
  };
