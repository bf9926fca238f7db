/**
 * Virtual time for real asynchronous code: timers fire in order as fast as the machine can, and
 * everything that a timer sets off has run before the next one fires. The same every time.
 */
import type { Clock } from '../../shared/pacing/clock.ts';

interface Timer {
  readonly atMs: number;
  readonly order: number;
  readonly task: () => void;
  cancelled: boolean;
}

/** A simulated process: its clock may be wrong, and once killed it does nothing more. */
export interface VirtualProcess {
  readonly clock: Clock;
  readonly sleep: (delayMs: number) => Promise<void>;
  readonly kill: () => void;
}

export interface VirtualTime {
  readonly nowMs: () => number;
  /** Runs a task that belongs to no process. */
  readonly after: (delayMs: number, task: () => void) => () => void;
  readonly process: (clockErrorMs?: number) => VirtualProcess;
  /** Lets time pass until nothing is left to do, or until the instant. */
  readonly run: (untilMs?: number) => Promise<void>;
}

const isBefore = (a: Timer, b: Timer): boolean =>
  a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);

/** The earliest timer first. */
const createHeap = () => {
  const heap: Timer[] = [];
  const at = (i: number) => heap[i] as Timer;
  const swap = (i: number, j: number): void => {
    const moved = at(i);
    heap[i] = at(j);
    heap[j] = moved;
  };
  const sink = (from: number): void => {
    for (let i = from; ; ) {
      const [left, right] = [2 * i + 1, 2 * i + 2];
      let least = i;
      if (left < heap.length && isBefore(at(left), at(least))) least = left;
      if (right < heap.length && isBefore(at(right), at(least))) least = right;
      if (least === i) return;
      swap(i, least);
      i = least;
    }
  };
  return {
    peek: (): Timer | undefined => heap[0],
    push: (timer: Timer): void => {
      heap.push(timer);
      for (let i = heap.length - 1; i > 0; ) {
        const parent = (i - 1) >> 1;
        if (!isBefore(at(i), at(parent))) return;
        swap(i, parent);
        i = parent;
      }
    },
    pop: (): Timer | undefined => {
      const first = heap[0];
      const last = heap.pop();
      if (last !== undefined && heap.length > 0) {
        heap[0] = last;
        sink(0);
      }
      return first;
    },
  };
};

const eventLoopTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

export const createVirtualTime = (startMs = 1_700_000_000_000): VirtualTime => {
  const timers = createHeap();
  let nowMs = startMs;
  let order = 0;

  const after = (delayMs: number, task: () => void): (() => void) => {
    order += 1;
    const timer = { atMs: nowMs + Math.max(0, Math.ceil(delayMs)), order, task, cancelled: false };
    timers.push(timer);
    return () => {
      timer.cancelled = true;
    };
  };

  const process = (clockErrorMs = 0): VirtualProcess => {
    let alive = true;
    const clock: Clock = {
      nowMs: () => nowMs + clockErrorMs,
      after: (delayMs, task) => after(delayMs, () => alive && task()),
    };
    return {
      clock,
      sleep: (delayMs) => new Promise((resolve) => clock.after(delayMs, resolve)),
      kill: () => {
        alive = false;
      },
    };
  };

  const run = async (untilMs = Infinity): Promise<void> => {
    await eventLoopTurn();
    for (let timer = timers.peek(); timer && timer.atMs <= untilMs; timer = timers.peek()) {
      timers.pop();
      if (timer.cancelled) continue;
      nowMs = timer.atMs;
      timer.task();
      await eventLoopTurn();
    }
    if (untilMs !== Infinity) nowMs = Math.max(nowMs, untilMs);
  };

  return { nowMs: () => nowMs, after, process, run };
};
