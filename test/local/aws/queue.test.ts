/** What takes too long, or too many messages, to watch from outside: with a clock set by hand. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createQueue } from '../../../local/aws/sqs/create-queue.ts';
import { createDeadlineHeap } from '../../../local/aws/sqs/deadline-heap.ts';
import type { Queue, QueueDependencies } from '../../../local/aws/sqs/queue.ts';

const start = ({ deadLetters = () => undefined, ...more }: Partial<QueueDependencies> = {}) => {
  const clock = { nowMs: 1_000_000 };
  const settings = {
    name: 'jobs',
    arn: 'arn:aws:sqs:us-east-1:000000000000:jobs',
    visibilityTimeoutSeconds: 30,
    delaySeconds: 0,
    retentionSeconds: 86_400,
    maxMessageBytes: 1_048_576,
    receiveWaitSeconds: 0,
  };
  const queue = createQueue(settings, { now: () => clock.nowMs, deadLetters, ...more });
  const pass = (seconds: number) => {
    clock.nowMs += seconds * 1_000;
  };
  return { queue, pass };
};

const send = (queue: Queue, body: string, groupId?: string) =>
  queue.send({ body, attributes: {}, groupId });

const receive = async (queue: Queue, max = 1) => {
  const batch = await queue.receive({ max, waitMs: 0 });
  return batch.map(({ body, receiptHandle }) => ({ body, receiptHandle }));
};

const bodiesOf = (batch: readonly { readonly body: string }[]) => batch.map(({ body }) => body);

test('a message older than the retention period is gone, wherever it is', async () => {
  const { queue, pass } = start();
  send(queue, 'in flight');
  await receive(queue);
  send(queue, 'visible');
  pass(86_000);
  send(queue, 'younger');
  pass(401);
  expect(queue.depth()).toEqual({ visible: 1, inFlight: 0, delayed: 0 });
  expect(bodiesOf(await receive(queue, 10))).toEqual(['younger']);
});

test('a delivery cannot be hidden for more than 12 hours in all', async () => {
  const { queue, pass } = start();
  send(queue, 'long');
  const [delivery] = await receive(queue);
  const handle = delivery?.receiptHandle ?? '';
  queue.changeVisibility(handle, 40_000);
  pass(39_000);
  expect(() => queue.changeVisibility(handle, 4_201)).toThrow('beyond the limit');
  expect(() => queue.changeVisibility(handle, 4_200)).not.toThrow();
});

test('a message that became visible again cannot be hidden by its old handle', async () => {
  const { queue, pass } = start();
  send(queue, 'slow');
  const [delivery] = await receive(queue);
  pass(31);
  expect(() => queue.changeVisibility(delivery?.receiptHandle ?? '', 10)).toThrow('not in flight');
});

test('a tenant’s backlog holds up nobody else', async () => {
  const { queue } = start();
  for (let index = 0; index < 1_000; index += 1) send(queue, `busy ${index}`, 'busy');
  const first = await receive(queue, 20);
  expect(first).toHaveLength(20);
  send(queue, 'quiet 0', 'quiet');
  send(queue, 'quiet 1', 'quiet');
  send(queue, 'calm 0', 'calm');
  expect(bodiesOf(await receive(queue, 4))).toEqual(['quiet 0', 'calm 0', 'quiet 1', 'busy 20']);
});

test('tenants with equal shares in flight take turns', async () => {
  const { queue } = start();
  for (const tenant of ['a', 'b', 'c'])
    for (const index of [0, 1, 2]) send(queue, `${tenant}${index}`, tenant);
  expect(bodiesOf(await receive(queue, 9))).toEqual([
    'a0',
    'b0',
    'c0',
    'a1',
    'b1',
    'c1',
    'a2',
    'b2',
    'c2',
  ]);
});

test('a message that does not fit stays at the front, unread', async () => {
  const { queue } = start();
  for (const body of ['a', 'b', 'c']) send(queue, body);
  const accepts = ({ body }: { readonly body: string }) => body !== 'b';
  expect(bodiesOf(await queue.receive({ max: 10, waitMs: 0, accepts }))).toEqual(['a']);
  const [next] = await queue.receive({ max: 1, waitMs: 0 });
  expect(next?.body).toBe('b');
  expect(next?.systemAttributes.ApproximateReceiveCount).toBe('1');
});

test('a message that is to be delivered twice comes once more, even after its deletion', async () => {
  const { queue, pass } = start({ deliversTwice: () => true });
  send(queue, 'a');
  const first = await receive(queue, 10);
  expect(bodiesOf(first)).toEqual(['a']);
  queue.delete(first[0]?.receiptHandle ?? '');
  pass(1);
  const [again] = await receive(queue, 10);
  queue.delete(again?.receiptHandle ?? '');
  pass(3_600);
  expect(again?.body).toBe('a');
  expect(await receive(queue, 10)).toEqual([]);
});

test('100,000 messages are sent, received in batches and deleted within seconds', async () => {
  const { queue } = start();
  const startedAt = performance.now();
  for (let index = 0; index < 100_000; index += 1)
    send(queue, `${index}`, `tenant ${index % 1_000}`);
  const seen = new Set<string>();
  for (
    let batch = await receive(queue, 1_000);
    batch.length > 0;
    batch = await receive(queue, 1_000)
  )
    for (const { body, receiptHandle } of batch) {
      seen.add(body);
      queue.delete(receiptHandle);
    }
  expect(seen.size).toBe(100_000);
  expect(queue.depth()).toEqual({ visible: 0, inFlight: 0, delayed: 0 });
  // A minute where a step looks through all the others; else less than a second.
  expect(performance.now() - startedAt).toBeLessThan(30_000);
});

test('whatever consumers do, no message is lost and none is counted twice', async () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant('send' as const), tenant: fc.constantFrom('a', 'b', undefined) }),
    fc.record({ kind: fc.constant('receive' as const), max: fc.integer({ min: 1, max: 5 }) }),
    fc.record({ kind: fc.constant('delete' as const), which: fc.nat() }),
    fc.record({ kind: fc.constant('hide' as const), which: fc.nat(), seconds: fc.nat(60) }),
    fc.record({ kind: fc.constant('pass' as const), seconds: fc.nat(40) }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 100, size: 'max' }), async (steps) => {
      const { queue, pass } = start();
      let sent = 0;
      const deleted = new Set<string>();
      const held: { readonly body: string; readonly receiptHandle: string }[] = [];
      for (const taken of steps) {
        if (taken.kind === 'send') send(queue, `${sent++}`, taken.tenant);
        if (taken.kind === 'receive') held.push(...(await receive(queue, taken.max)));
        if (taken.kind === 'pass') pass(taken.seconds);
        const chosen = 'which' in taken ? held[taken.which % Math.max(1, held.length)] : undefined;
        const before = queue.depth();
        if (chosen !== undefined && taken.kind === 'delete') {
          queue.delete(chosen.receiptHandle);
          const after = queue.depth();
          const total = (depth: typeof after) => depth.visible + depth.inFlight;
          if (total(after) < total(before)) deleted.add(chosen.body);
        }
        if (chosen !== undefined && taken.kind === 'hide')
          try {
            queue.changeVisibility(chosen.receiptHandle, taken.seconds);
          } catch {} // an old handle
      }
      pass(3_600);
      const left = bodiesOf(await receive(queue, 1_000));
      expect(new Set(left).size).toBe(left.length);
      expect(left.length + deleted.size).toBe(sent);
      expect(left.some((body) => deleted.has(body))).toBe(false);
    }),
    { numRuns: 300 },
  );
});

test('a deadline heap gives its items in order of time, whatever was moved or removed', () => {
  const change = fc.tuple(fc.nat(20), fc.option(fc.nat(1_000)));
  fc.assert(
    fc.property(fc.array(change), (changes) => {
      const heap = createDeadlineHeap<number>();
      const model = new Map<number, number>();
      for (const [item, atMs] of changes)
        if (atMs === null) {
          heap.delete(item);
          model.delete(item);
        } else {
          heap.set(item, atMs);
          model.set(item, atMs);
        }
      expect(heap.nextAtMs).toBe(model.size > 0 ? Math.min(...model.values()) : undefined);
      const taken: number[] = [];
      for (let item = heap.takeDue(500); item !== undefined; item = heap.takeDue(500))
        taken.push(model.get(item) ?? -1);
      const due = [...model.values()].filter((atMs) => atMs <= 500);
      expect(taken).toEqual(due.toSorted((a, b) => a - b));
    }),
  );
});
