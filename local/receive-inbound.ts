/** Reads the queue `inbound` as the other system would: receive, parse, delete. */
import {
  DeleteMessageBatchCommand,
  ReceiveMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { type CustomerChanged, customerChanged } from '../shared/jobs/contract/messages.ts';

/** The messages that are there now, ten at a time, until there are none. */
export const receiveInbound = async (
  client: SQSClient,
  queueUrl: string,
): Promise<CustomerChanged[]> => {
  const received: CustomerChanged[] = [];
  for (;;) {
    const { Messages = [] } = await client.send(
      new ReceiveMessageCommand({ QueueUrl: queueUrl, MaxNumberOfMessages: 10 }),
    );
    if (Messages.length === 0) return received;
    for (const { Body = '' } of Messages) received.push(customerChanged.parse(JSON.parse(Body)));
    const Entries = Messages.map(({ ReceiptHandle }, index) => ({
      Id: String(index),
      ReceiptHandle,
    }));
    await client.send(new DeleteMessageBatchCommand({ QueueUrl: queueUrl, Entries }));
  }
};
