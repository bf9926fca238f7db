/** What was done, step by step: one line each, with how long it took. */
import { explainError } from '../../bin/bridge/explain-error.ts';

export interface StepResult {
  readonly step: string;
  readonly seconds: number;
  readonly ok: boolean;
  readonly problem?: string;
}

export interface Steps {
  /** Does a step and tells of it. @throws what the work throws. */
  run<T>(step: string, work: () => Promise<T>): Promise<T>;
  readonly results: readonly StepResult[];
}

const secondsSince = (startedMs: number): number =>
  Math.round((performance.now() - startedMs) / 100) / 10;

/** @param print takes each line when its step has ended. */
export const createSteps = (print: (line: string) => void): Steps => {
  const results: StepResult[] = [];
  const note = (result: StepResult) => {
    const { ok, seconds, step, problem } = result;
    results.push(result);
    const end = problem === undefined ? step : `${step}: ${problem}`;
    print(`${ok ? 'ok    ' : 'FAILED'} ${`${seconds.toFixed(1)} s`.padStart(8)}  ${end}`);
  };
  return {
    results,
    async run(step, work) {
      const startedMs = performance.now();
      try {
        const result = await work();
        note({ step, seconds: secondsSince(startedMs), ok: true });
        return result;
      } catch (error) {
        const isAborted = error instanceof Error && error.name === 'AbortError';
        const problem = isAborted ? 'interrupted' : explainError(error).line;
        note({ step, seconds: secondsSince(startedMs), ok: false, problem });
        throw error;
      }
    },
  };
};
