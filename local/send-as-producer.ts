/** Sends job bodies to a queue as any producer would: with the AWS SDK, in message groups. */
import type { SQSClient } from '@aws-sdk/client-sqs';
import { createQueuePublisher } from '../shared/jobs/queue-publisher.sqs.ts';

/**
 * Sends bodies in the connection's message group.
 * @throws Error when SQS does not take all of them.
 */
export const sendJobs = async (
  client: SQSClient,
  queueUrl: string,
  connectionId: string,
  bodies: readonly string[],
): Promise<void> => {
  const publish = createQueuePublisher({ client, queueUrl });
  const failed = await publish(bodies.map((body) => ({ body, groupId: connectionId })));
  if (failed.size > 0) throw new Error(`${queueUrl} did not take ${failed.size} messages`);
};
