import { expect, test } from 'vitest';
import { createSendListJobs } from '../../../functions/customers/send-list-jobs.ts';
import type { ListsMessage } from '../../../shared/contracts/messages.ts';
import type { OutgoingMessage } from '../../../shared/runtime/outgoing-messages.ts';

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

test('list jobs go out in their connection’s own group', async () => {
  const { sent, send } = sendWith(new Set());
  await send('acme', [job]);
  expect(sent).toEqual([{ body: JSON.stringify(job), groupId: 'acme' }]);
});

test('where one list job is not sent the customer job comes back for it', async () => {
  const { send } = sendWith(new Set([1]));
  await expect(send('acme', [job, job])).rejects.toMatchObject({
    name: 'PassingError',
    retryable: true,
  });
});
