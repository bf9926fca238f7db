import type { JobOutcome } from '../../../shared/jobs/outcome.ts';

/** What is left to do comes before what is over: a job leaves the queue once no part of it is. */
const byWeight: readonly JobOutcome['kind'][] = [
  'superseded',
  'delivered',
  'refused',
  'later',
  'retry',
  'unexpected',
];

/**
 * The outcomes of jobs of several parts, such as a consent on two channels. A part that is done is
 * recognised when the job comes back for another.
 */
export const createJobOutcomes = () => {
  const outcomes = new Map<string, JobOutcome>();
  return {
    add(jobId: string, outcome: JobOutcome): void {
      const other = outcomes.get(jobId);
      const weighsMore =
        other === undefined || byWeight.indexOf(outcome.kind) > byWeight.indexOf(other.kind);
      const waitsLonger =
        outcome.kind === 'later' && other?.kind === 'later' && outcome.waitMs > other.waitMs;
      if (weighsMore || waitsLonger) outcomes.set(jobId, outcome);
    },
    all: (): ReadonlyMap<string, JobOutcome> => outcomes,
  };
};
