import { expect, test } from 'vitest';
import {
  type RedriveOptions,
  redriveLetters,
} from '../../../../bin/bridge/dead-letters/redrive-letters.ts';
import type { OutgoingMessage } from '../../../../shared/jobs/outgoing-messages.ts';
import { createMemoryDeadLetters } from '../../../support/memory-dead-letters.ts';

const upsert = (customerId: string) =>
  JSON.stringify({
    type: 'customer.upsert',
    connectionId: 'acme',
    occurredAt: '2026-01-01T00:00:00Z',
    customer: { customerId },
  });

const setUp = (
  publish?: (messages: readonly OutgoingMessage[]) => Promise<ReadonlySet<number>>,
) => {
  const letters = createMemoryDeadLetters();
  const sent: OutgoingMessage[] = [];
  const take = async (messages: readonly OutgoingMessage[]) => {
    sent.push(...messages);
    return new Set<number>();
  };
  const redrive = (options: Partial<RedriveOptions> = {}) =>
    redriveLetters({
      filter: {},
      limit: Number.POSITIVE_INFINITY,
      queues: ['customers'],
      deadLetters: () => letters,
      publisherFor: () => publish ?? take,
      signal: new AbortController().signal,
      ...options,
    });
  return { letters, sent, redrive };
};

test('what matches is sent back and deleted, all else is back in its place', async () => {
  const { letters, sent, redrive } = setUp();
  for (let index = 0; index < 25; index += 1)
    letters.put(upsert(`${index}`), { reason: index % 5 === 0 ? 'gave_up' : 'request_refused' });
  expect(await redrive({ filter: { reason: ['gave_up'] } })).toEqual({
    sentBack: { customers: 5 },
    left: {},
    notDeleted: 0,
  });
  expect(sent).toHaveLength(5);
  expect(letters.messages()).toHaveLength(20);
  expect(letters.hidden()).toBe(0);
});

test('a job that comes straight back is sent once, and said to be there', async () => {
  const { letters, redrive } = setUp();
  let rounds = 0;
  letters.put(upsert('1'), { reason: 'unknown_connection' });
  const publisherFor = () => async (messages: readonly OutgoingMessage[]) => {
    rounds += 1;
    for (const { body } of messages) letters.put(body, { reason: 'unknown_connection' });
    return new Set<number>();
  };
  expect(await redrive({ publisherFor })).toEqual({
    sentBack: { customers: 1 },
    left: { 'is the same as one just sent back, or came back at once': 1 },
    notDeleted: 0,
  });
  expect(rounds).toBe(1);
  expect(letters.messages()).toHaveLength(1);
});

test('what its queue does not take stays, and the reading ends there', async () => {
  const { letters, redrive } = setUp(async (messages) => new Set(messages.keys()));
  for (let index = 0; index < 30; index += 1) letters.put(upsert(`${index}`));
  const { sentBack, left } = await redrive();
  expect(sentBack).toEqual({ customers: 0 });
  expect(Object.values(left)).toEqual([10]);
  expect(letters.messages()).toHaveLength(30);
  expect(letters.hidden()).toBe(0);
});

test('what is sent back and cannot be deleted is counted', async () => {
  const { letters, redrive } = setUp();
  letters.put(upsert('1'));
  letters.failRemoving();
  expect(await redrive()).toEqual({ sentBack: { customers: 1 }, left: {}, notDeleted: 1 });
});

test('no more than the limit are sent back', async () => {
  const { letters, sent, redrive } = setUp();
  for (let index = 0; index < 25; index += 1) letters.put(upsert(`${index}`));
  await redrive({ limit: 12 });
  expect(sent).toHaveLength(12);
  expect(letters.messages()).toHaveLength(13);
  expect(letters.hidden()).toBe(0);
});

test('what would only come back stays, by why', async () => {
  const { letters, sent, redrive } = setUp();
  letters.put('{');
  letters.put('nonsense');
  letters.put(upsert('1'));
  expect(await redrive()).toMatchObject({ sentBack: { customers: 1 }, left: { 'is not JSON': 2 } });
  expect(sent).toHaveLength(1);
});

test('an interruption leaves the rest where it was', async () => {
  const { letters, redrive } = setUp();
  for (let index = 0; index < 30; index += 1) letters.put(upsert(`${index}`));
  const controller = new AbortController();
  const publisherFor = () => async () => {
    controller.abort();
    return new Set<number>();
  };
  await redrive({ signal: controller.signal, publisherFor });
  expect(letters.messages()).toHaveLength(20);
  expect(letters.hidden()).toBe(0);
});

test('a queue that cannot be read to its end does not hide what was done', async () => {
  const { letters, redrive } = setUp();
  for (let index = 0; index < 15; index += 1) letters.put(upsert(`${index}`));
  let reads = 0;
  const flaky = {
    ...letters,
    receive: async () => {
      reads += 1;
      if (reads > 1) throw Object.assign(new Error('expired'), { name: 'ExpiredToken' });
      return letters.receive();
    },
  };
  expect(await redrive({ deadLetters: () => flaky })).toEqual({
    sentBack: { customers: 10 },
    left: {},
    notDeleted: 0,
    brokenOff: 'the AWS credentials have expired: log in again',
  });
});
