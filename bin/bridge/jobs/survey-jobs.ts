/** The first reading of a file: nothing is sent before all of it is known to be right. */
import { createHash } from 'node:crypto';
import { CommandFailure } from '../failure.ts';
import { checkJob } from './check-job.ts';
import type { JobSource } from './job-source.ts';

export interface BrokenLine {
  readonly line: number;
  /** Completes the sentence "line 3 …". */
  readonly problem: string;
}

export interface Survey {
  readonly jobs: number;
  readonly brokenCount: number;
  /** The first of the broken lines. */
  readonly broken: readonly BrokenLine[];
  readonly byType: Readonly<Record<string, number>>;
  readonly byConnection: ReadonlyMap<string, number>;
  /** The same for the same jobs: content, and how it is read. */
  readonly fingerprint: string;
}

export interface SurveyOptions {
  readonly source: JobSource;
  /** How many broken lines are kept to be shown. */
  readonly maxProblems: number;
  readonly signal: AbortSignal;
  readonly onBytes: (bytes: number) => void;
}

const explained = (checked: ReturnType<typeof checkJob>, { explain }: JobSource) =>
  'problem' in checked && explain !== undefined ? { problem: explain(checked.problem) } : checked;

/** @throws CommandFailure when interrupted. */
export const surveyJobs = async (options: SurveyOptions): Promise<Survey> => {
  const { source, maxProblems, signal, onBytes } = options;
  const hash = createHash('sha256').update(source.variant);
  const broken: BrokenLine[] = [];
  const byType: Record<string, number> = {};
  const byConnection = new Map<string, number>();
  let jobs = 0;
  let brokenCount = 0;
  const read = (bytes: Buffer) => {
    hash.update(bytes);
    onBytes(bytes.length);
  };
  for await (const entry of source.entries(read)) {
    if (signal.aborted) throw new CommandFailure('interrupted: nothing was sent');
    const checked = 'problem' in entry ? entry : explained(checkJob(entry.text), source);
    if ('problem' in checked) {
      brokenCount += 1;
      if (broken.length < maxProblems) broken.push({ line: entry.line, problem: checked.problem });
      continue;
    }
    jobs += 1;
    byType[checked.type] = (byType[checked.type] ?? 0) + 1;
    byConnection.set(checked.connectionId, (byConnection.get(checked.connectionId) ?? 0) + 1);
  }
  return { jobs, brokenCount, broken, byType, byConnection, fingerprint: hash.digest('hex') };
};
