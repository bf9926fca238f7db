/** The simulator's clock: another clock's time, moved forward, and at will standing still. */

export interface ClockOptions {
  /** What it shows at the start. @default what the other clock shows */
  readonly startsAtMs?: number;
  /** Whether it moves by itself. @default true */
  readonly runs?: boolean;
}

export interface Clock {
  nowMs(): number;
  runs(): boolean;
  /** @throws RangeError for a time before now: what has happened stays in the past. */
  moveTo(atMs: number): void;
  run(runs: boolean): void;
}

/** A clock that follows another one. */
export const createClock = (otherMs: () => number, options: ClockOptions = {}): Clock => {
  let aheadMs = options.startsAtMs === undefined ? 0 : options.startsAtMs - otherMs();
  const following = () => otherMs() + aheadMs;
  let stoodAtMs = options.runs === false ? following() : undefined;
  const nowMs = () => stoodAtMs ?? following();

  return {
    nowMs,
    runs: () => stoodAtMs === undefined,
    moveTo: (atMs) => {
      if (atMs < nowMs()) throw new RangeError('the clock moves forward only');
      aheadMs = atMs - otherMs();
      if (stoodAtMs !== undefined) stoodAtMs = atMs;
    },
    run: (runs) => {
      const atMs = nowMs();
      aheadMs = atMs - otherMs();
      stoodAtMs = runs ? undefined : atMs;
    },
  };
};
