import { expect, test } from 'vitest';
import { createSendListJobs } from '../../../functions/customers/send-list-jobs.ts';
import { type ListsMessage, listsMessage } from '../../../shared/jobs/contract/messages.ts';
import { parseJob, toDelivery } from '../../../shared/jobs/job.ts';
import type { OutgoingMessage } from '../../../shared/jobs/outgoing-messages.ts';
import { sourceTimeOf } from '../../../shared/people/contract/source-times.ts';
import { sqsRecord } from '../../support/sqs-event.ts';

const job: ListsMessage = {
  connectionId: 'acme',
  type: 'list.add',
  list: { id: 'NEWS01' },
  person: { customerId: 'c1' },
};

const sendWith = (failed: ReadonlySet<number>) => {
  const sent: OutgoingMessage[] = [];
  const send = createSendListJobs({
    publish: async (messages) => {
      sent.push(...messages);
      return failed;
    },
  });
  return { sent, send };
};

const sentAtMs = Date.parse('2026-11-28T12:00:00Z');
const of = (givenMs: number) => ({ message: job, source: sourceTimeOf(givenMs, sentAtMs) });

test('list jobs go out in their connection’s own group, as old as the customer’s job', async () => {
  const { sent, send } = sendWith(new Set());
  await send([of(sentAtMs - 1_000)]);
  const body = JSON.stringify({ ...job, occurredAt: '2026-11-28T11:59:59.000Z' });
  expect(sent).toEqual([{ body, groupId: 'acme' }]);
});

test.each([300, 90_000, 3_600_000])(
  'a list job of a clock that is %d ms ahead has the customer job’s place in the order',
  async (aheadMs) => {
    const { sent, send } = sendWith(new Set());
    const { message, source } = of(sentAtMs + aheadMs);
    await send([{ message, source }]);
    const [{ body = '', attributes = {} } = {}] = sent;
    const record = sqsRecord({ body, attributes, sentAtMs: sentAtMs + 20_000 });
    expect(parseJob(toDelivery(record), listsMessage)).toMatchObject(source);
  },
);

test('where one list job is not sent the customer job comes back for it', async () => {
  const { send } = sendWith(new Set([1]));
  await expect(send([of(0), of(0)])).rejects.toMatchObject({
    name: 'PassingError',
    retryable: true,
  });
});
