/**
 * The order of a file, for jobs that do not say when they happened: messages overtake each other on
 * their way through SQS, so each of two jobs about one person is given a time of its own.
 */
import type { CheckedJob } from './check-job.ts';
import { withOccurredAt } from './with-occurred-at.ts';

/** Gives the jobs of one batch their times; to be called batch after batch. */
export type KeepOrder = (jobs: readonly CheckedJob[]) => CheckedJob[];

/** Times are the time of sending, a millisecond later for each further job about a person. */
export const createKeepOrder = ({
  now = Date.now,
}: {
  readonly now?: () => number;
} = {}): KeepOrder => {
  let latestMs = 0;
  return (jobs) => {
    const startMs = Math.max(now(), latestMs + 1);
    const nextMs = new Map<string, number>();
    return jobs.map((job) => {
      const { person, occurredAt, body } = job;
      if (person === undefined || occurredAt !== undefined) return job;
      const atMs = nextMs.get(person) ?? startMs;
      nextMs.set(person, atMs + 1);
      latestMs = Math.max(latestMs, atMs);
      return { ...job, body: withOccurredAt(body, atMs) };
    });
  };
};
