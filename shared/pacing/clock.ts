/** Time as the pacing code sees it: tests and benchmarks bring their own. */
export interface Clock {
  /** Epoch milliseconds, whole. */
  readonly nowMs: () => number;
  /** Runs `task` after the delay; the returned function cancels it. */
  readonly after: (delayMs: number, task: () => void) => () => void;
}

/** The machine's clock. */
export const systemClock: Clock = {
  nowMs: Date.now,
  after: (delayMs, task) => {
    const timer = setTimeout(task, delayMs);
    return () => clearTimeout(timer);
  },
};
