/** A dead-letter queue, read by a person: what is received is hidden meanwhile, and given back. */
import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageBatchCommand,
  type Message,
  ReceiveMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { chunksOf } from '../platform/chunks-of.ts';
import { inParallel } from '../platform/in-parallel.ts';

export interface ReceivedMessage {
  readonly id: string;
  readonly receiptHandle: string;
  readonly body: string;
  readonly groupId: string | undefined;
  readonly attributes: Readonly<Record<string, string>>;
  /** Epoch milliseconds at which it came into this queue; or into its first, where SQS moved it. */
  readonly sentAtMs: number;
}

type Receipt = Pick<ReceivedMessage, 'receiptHandle'>;

export interface DeadLetterQueue {
  /** A batch of messages, hidden from everyone else for a while; none where all are hidden. */
  receive(): Promise<ReceivedMessage[]>;
  /** Deletes; resolves to how many could not be. */
  remove(messages: readonly Receipt[]): Promise<number>;
  /** Shows them again, at once. */
  release(messages: readonly Receipt[]): Promise<void>;
}

const entriesPerRequest = 10;
const requestsAtOnce = 8;
/** What a command has in hand is hidden for this long, should it die. */
const hiddenForSeconds = 300;
/** A long poll asks all of SQS's servers, so that an empty answer means something. */
const waitSeconds = 1;

const toReceived = (message: Message): ReceivedMessage => ({
  id: message.MessageId ?? '',
  receiptHandle: message.ReceiptHandle ?? '',
  body: message.Body ?? '',
  groupId: message.Attributes?.MessageGroupId,
  sentAtMs: Number(message.Attributes?.SentTimestamp),
  attributes: Object.fromEntries(
    Object.entries(message.MessageAttributes ?? {}).map(([name, { StringValue = '' }]) => [
      name,
      StringValue,
    ]),
  ),
});

export const createDeadLetterQueue = ({
  client,
  queueUrl,
}: {
  readonly client: Pick<SQSClient, 'send'>;
  readonly queueUrl: string;
}): DeadLetterQueue => {
  const inRequests = async (
    messages: readonly Receipt[],
    send: (entries: { Id: string; ReceiptHandle: string }[]) => Promise<void>,
  ) => {
    await inParallel(chunksOf(messages, entriesPerRequest), requestsAtOnce, (part) =>
      send(
        part.map(({ receiptHandle }, index) => ({
          Id: String(index),
          ReceiptHandle: receiptHandle,
        })),
      ),
    );
  };

  return {
    async receive() {
      const { Messages = [] } = await client.send(
        new ReceiveMessageCommand({
          QueueUrl: queueUrl,
          MaxNumberOfMessages: entriesPerRequest,
          VisibilityTimeout: hiddenForSeconds,
          WaitTimeSeconds: waitSeconds,
          MessageSystemAttributeNames: ['All'],
          MessageAttributeNames: ['All'],
        }),
      );
      return Messages.map(toReceived);
    },
    async remove(messages) {
      let failures = 0;
      await inRequests(messages, async (Entries) => {
        const { Failed = [] } = await client
          .send(new DeleteMessageBatchCommand({ QueueUrl: queueUrl, Entries }))
          .catch(() => ({ Failed: Entries }));
        failures += Failed.length;
      });
      return failures;
    },
    async release(messages) {
      await inRequests(messages, async (entries) => {
        const Entries = entries.map((entry) => ({ ...entry, VisibilityTimeout: 0 }));
        await client
          .send(new ChangeMessageVisibilityBatchCommand({ QueueUrl: queueUrl, Entries }))
          .catch(() => undefined); // they show by themselves, a while later
      });
    },
  };
};
