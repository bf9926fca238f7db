import { ApiError, type ApiProblem } from '../api-error.ts';
import type { Random } from '../random.ts';
import type { Account } from './account.ts';
import type { List } from './list-store.ts';
import type { Profile, ProfileWrite, PropertiesPatch } from './profile.ts';
import { importTarget } from './resolve.ts';

export interface ImportRow {
  readonly id: string | null | undefined;
  readonly write: ProfileWrite;
  readonly patch: PropertiesPatch | undefined;
  /** The row as it was sent, for the error that names it. */
  readonly payload: Readonly<Record<string, unknown>>;
}

export interface ImportError {
  readonly id: string;
  readonly problem: ApiProblem;
  readonly pointer: string;
  readonly payload: Readonly<Record<string, unknown>>;
}

export interface ImportJob {
  readonly id: string;
  readonly createdMs: number;
  readonly totalCount: number;
  readonly lists: readonly List[];
  status: 'queued' | 'processing' | 'complete';
  startedMs: number | undefined;
  completedMs: number | undefined;
  completedCount: number;
  readonly errors: ImportError[];
  readonly profileIds: Set<string>;
}

/** A bulk import writes what is there: null clears nothing, unlike PATCH and profile-import. */
const withoutNulls = (write: ProfileWrite): ProfileWrite => {
  const inner = (value: unknown) =>
    typeof value === 'object' && value !== null
      ? Object.fromEntries(Object.entries(value).filter(([, one]) => one !== null))
      : value;
  const entries = Object.entries(write).filter(([, value]) => value !== null);
  return Object.fromEntries(
    entries.map(([name, value]) => [
      name,
      name === 'location' || name === 'properties' ? inner(value) : value,
    ]),
  );
};

const importRow = (account: Account, { id, write, patch }: ImportRow): Profile => {
  const kept = withoutNulls(write);
  const target = importTarget(account, id, kept);
  const profile = target ?? account.profiles.create(kept);
  if (target || patch) account.profiles.update(profile, kept, patch);
  return profile;
};

/** Rows that cannot be written end as errors of the job; that these are no 409s is assumed. */
const processRow = (account: Account, job: ImportJob, row: ImportRow, index: number): void => {
  try {
    const { id } = importRow(account, row);
    for (const list of job.lists) account.lists.join(list, id);
    job.profileIds.add(id);
    job.completedCount += 1;
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    const [problem] = error.problems;
    if (!problem) throw error;
    const pointer = `/data/attributes/profiles/data/${index}`;
    job.errors.push({ id: account.random.uuid(), problem, pointer, payload: row.payload });
  }
};

/** Like Klaviyo's: 58 characters of Base64. */
const nextId = (random: Random): string => Buffer.from(random.token(43)).toString('base64url');

const lifetimeMs = 7 * 24 * 3600 * 1000;

export const expiryOf = ({ createdMs }: ImportJob): number => createdMs + lifetimeMs;

/** Bulk imports by account. */
const jobsOf = new WeakMap<Account, ImportJob[]>();

/** The jobs of an account: Klaviyo knows them for a week. */
export const importJobs = (account: Account): ImportJob[] =>
  (jobsOf.get(account) ?? []).filter((job) => expiryOf(job) > account.nowMs());

/** Queues a job. It begins halfway through the delay, and is done at its end. */
export const spawnImport = (
  account: Account,
  rows: readonly ImportRow[],
  lists: readonly List[],
): ImportJob => {
  const job: ImportJob = {
    id: nextId(account.random),
    createdMs: account.nowMs(),
    totalCount: rows.length,
    lists,
    status: 'queued',
    startedMs: undefined,
    completedMs: undefined,
    completedCount: 0,
    errors: [],
    profileIds: new Set(),
  };
  jobsOf.set(account, [...importJobs(account), job]);
  const { jobMs } = account.delays;
  account.later(jobMs / 2, () => {
    job.status = 'processing';
    job.startedMs = job.createdMs + jobMs / 2;
  });
  account.later(jobMs, () => {
    for (const [index, row] of rows.entries()) processRow(account, job, row, index);
    job.status = 'complete';
    job.completedMs = job.createdMs + jobMs;
  });
  return job;
};
