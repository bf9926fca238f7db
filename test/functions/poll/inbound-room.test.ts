import { expect, test } from 'vitest';
import { createInboundRoom } from '../../../functions/poll/inbound-room.ts';

test('the queue is counted every five seconds at most, however often it is asked for room', async () => {
  let nowMs = 0;
  let waiting = 9;
  let counts = 0;
  const hasRoom = createInboundRoom({
    most: 10,
    now: () => nowMs,
    countMessages: async () => {
      counts += 1;
      return waiting;
    },
  });
  expect(await hasRoom()).toBe(true);
  waiting = 10;
  nowMs = 4_999;
  expect(await hasRoom()).toBe(true);
  expect(counts).toBe(1);
  nowMs = 5_000;
  expect(await hasRoom()).toBe(false);
  waiting = 9;
  nowMs = 10_000;
  expect(await hasRoom()).toBe(true);
  expect(counts).toBe(3);
});
