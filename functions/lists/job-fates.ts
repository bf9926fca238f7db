import type { Fate } from '../../shared/jobs/outcome.ts';

/** What is left to do comes before what is over: a job leaves the queue once no part of it is. */
const byWeight: readonly Fate['kind'][] = [
  'superseded',
  'delivered',
  'refused',
  'later',
  'retry',
  'unexpected',
];

/**
 * The fates of jobs of several parts, such as a consent on two channels. A part that is done is
 * recognised when the job comes back for another.
 */
export const createJobFates = () => {
  const fates = new Map<string, Fate>();
  return {
    add(jobId: string, fate: Fate): void {
      const other = fates.get(jobId);
      const weighsMore =
        other === undefined || byWeight.indexOf(fate.kind) > byWeight.indexOf(other.kind);
      const waitsLonger =
        fate.kind === 'later' && other?.kind === 'later' && fate.waitMs > other.waitMs;
      if (weighsMore || waitsLonger) fates.set(jobId, fate);
    },
    all: (): ReadonlyMap<string, Fate> => fates,
  };
};
