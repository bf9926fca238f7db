import { expect, test } from 'vitest';
import { createBurstGate } from '../../../shared/pacing/burst-gate.ts';
import { createVirtualTime } from '../../support/virtual-time.ts';

const setUp = (burst: number) => {
  const time = createVirtualTime();
  const { clock } = time.process();
  const gate = createBurstGate(burst, clock);
  const waitMs = () => gate.opensAtMs() - clock.nowMs();
  return { gate, waitMs, pass: (ms: number) => time.run(time.nowMs() + ms) };
};

test('a small burst is open again a second after a call has ended', async () => {
  const { gate, waitMs, pass } = setUp(1);
  const end = gate.start();
  expect(waitMs()).toBe(Infinity);
  end(true);
  expect(waitMs()).toBe(1_000);
  await pass(400);
  expect(waitMs()).toBe(600);
  await pass(600);
  expect(waitMs()).toBe(0);
});

test('a call that was never sent leaves its place at once', () => {
  const { gate, waitMs } = setUp(1);
  gate.start()(false);
  expect(waitMs()).toBe(0);
});

test('a small burst has as many places as it is large', () => {
  const { gate, waitMs } = setUp(3);
  gate.start()(true);
  gate.start();
  expect(waitMs()).toBe(0);
  gate.start();
  expect(waitMs()).toBe(1_000); // until the first has been over for a second
  gate.start();
  expect(waitMs()).toBe(Infinity);
});

test('a large burst is kept by the gaps between permits alone', () => {
  const { gate, waitMs } = setUp(75);
  for (let calls = 0; calls < 80; calls += 1) gate.start();
  expect(waitMs()).toBe(0);
});
