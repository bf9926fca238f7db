/** Sends messages to an SQS queue, in as few requests as SQS's limits allow. */
import { SendMessageBatchCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { inParallel } from '../platform/in-parallel.ts';
import { maxMessageBytes } from './contract/messages.ts';
import { escapedForSqs, type OutgoingMessage } from './outgoing-messages.ts';

/** Sends messages; resolves to the indices of those that did not get through. Never throws. */
export type PublishMessages = (
  messages: readonly OutgoingMessage[],
) => Promise<ReadonlySet<number>>;

const maxEntriesPerRequest = 10;
const requestsAtOnce = 8;

const bytesOf = ({ body, attributes = {} }: OutgoingMessage): number =>
  Object.entries(attributes).reduce(
    (sum, [name, value]) =>
      sum + Buffer.byteLength(name) + Buffer.byteLength(value) + 'String'.length,
    Buffer.byteLength(body),
  );

/** The indices of the messages, in requests of ten messages and 1 MiB at most. */
const requestsOf = (messages: readonly OutgoingMessage[]): number[][] => {
  const requests: number[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const [index, message] of messages.entries()) {
    const size = bytesOf(message);
    const last = requests.at(-1);
    if (
      last === undefined ||
      last.length === maxEntriesPerRequest ||
      bytes + size > maxMessageBytes
    ) {
      requests.push([index]);
      bytes = size;
    } else {
      last.push(index);
      bytes += size;
    }
  }
  return requests;
};

const entryOf = (
  { body, groupId, attributes = {}, delaySeconds }: OutgoingMessage,
  id: number,
) => ({
  Id: String(id),
  MessageBody: body,
  ...(groupId === undefined ? {} : { MessageGroupId: groupId }),
  ...(delaySeconds === undefined ? {} : { DelaySeconds: delaySeconds }),
  MessageAttributes: Object.fromEntries(
    Object.entries(attributes).map(([name, StringValue]) => [
      name,
      { DataType: 'String', StringValue },
    ]),
  ),
});

export const createQueuePublisher =
  ({
    client,
    queueUrl,
    onError = () => {},
  }: {
    readonly client: Pick<SQSClient, 'send'>;
    readonly queueUrl: string;
    /** Told why a request failed; the indices of its messages are in the answer. */
    readonly onError?: (error: unknown) => void;
  }): PublishMessages =>
  async (given) => {
    const messages = given.map((message) => ({ ...message, body: escapedForSqs(message.body) }));
    const failed = new Set<number>();
    const sendRequest = async (indices: readonly number[]) => {
      const Entries = indices.map((index) => entryOf(messages[index] as OutgoingMessage, index));
      try {
        const { Failed = [] } = await client.send(
          new SendMessageBatchCommand({ QueueUrl: queueUrl, Entries }),
        );
        for (const { Id, Code } of Failed) {
          failed.add(Number(Id));
          onError(new Error(`SQS refused a message: ${Code}`));
        }
      } catch (error) {
        for (const index of indices) failed.add(index);
        onError(error);
      }
    };
    await inParallel(requestsOf(messages), requestsAtOnce, sendRequest);
    return failed;
  };
