/** SQS's protocol on a free port: the queues of the local host, without the rest of it. */
import { ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { createChances } from '../../local/aws/faults.ts';
import { startGateway } from '../../local/aws/gateway/gateway.ts';
import type { Route } from '../../local/aws/gateway/request-and-reply.ts';
import { createQueueRegistry } from '../../local/aws/sqs/queue-registry.ts';
import { createSqsRoute } from '../../local/aws/sqs/sqs-service.ts';

export interface TestQueues extends AsyncDisposable {
  readonly endpoint: string;
  readonly client: SQSClient;
  /** Makes a queue; its URL. */
  create(name: string): string;
  /** All that waits in a queue, with its attributes. */
  drain(url: string): Promise<readonly DrainedMessage[]>;
}

export interface DrainedMessage {
  readonly body: string;
  readonly attributes: Readonly<Record<string, string | undefined>>;
}

export const startQueues = async (): Promise<TestQueues> => {
  const routes: Route[] = [];
  const gateway = await startGateway(routes, 0);
  const endpoint = `http://127.0.0.1:${gateway.port}`;
  const accountId = '000000000000';
  const queues = createQueueRegistry({
    origin: endpoint,
    accountId,
    faults: createChances(undefined),
  });
  routes.push(createSqsRoute(queues));
  const client = new SQSClient({
    endpoint,
    region: 'eu-west-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  const receive = async (QueueUrl: string) => {
    const { Messages = [] } = await client.send(
      new ReceiveMessageCommand({
        QueueUrl,
        MaxNumberOfMessages: 10,
        MessageAttributeNames: ['All'],
      }),
    );
    return Messages.map(({ Body = '', MessageAttributes = {} }) => ({
      body: Body,
      attributes: Object.fromEntries(
        Object.entries(MessageAttributes).map(([name, { StringValue }]) => [name, StringValue]),
      ),
    }));
  };
  return {
    endpoint,
    client,
    create(name) {
      queues.create({
        name,
        arn: `arn:aws:sqs:eu-west-1:${accountId}:${name}`,
        visibilityTimeoutSeconds: 360,
        delaySeconds: 0,
        retentionSeconds: 345_600,
        maxMessageBytes: 1_048_576,
        receiveWaitSeconds: 0,
      });
      return queues.urlOf(name);
    },
    async drain(url) {
      const drained: DrainedMessage[] = [];
      for (;;) {
        const messages = await receive(url);
        if (messages.length === 0) return drained;
        drained.push(...messages);
      }
    },
    async [Symbol.asyncDispose]() {
      client.destroy();
      for (const queue of queues.all()) queue.close();
      await gateway.close();
    },
  };
};
