import { missing } from '../api-error.ts';
import type { Call } from '../route.ts';
import { expiryOf, type ImportJob, importJobs } from '../state/import-jobs.ts';
import { microseconds, wholeSeconds } from '../timestamps.ts';
import { pickFields } from './resource.ts';

/** What all operations on bulk imports have in common. */
export const importFacts = {
  since: '2023-12-15',
  tier: 'M',
  resource: 'profile-bulk-import-job',
} as const;

/** The job that the path names. @throws ApiError 404, also once it has expired. */
export const importJobAt = ({ account, params }: Call): ImportJob => {
  const id = params.job_id ?? params.id;
  const job = importJobs(account).find((one) => one.id === id);
  if (!job) throw missing('Invalid job id');
  return job;
};

const at = (ms: number | undefined): string | null => (ms === undefined ? null : wholeSeconds(ms));

const progress = (job: ImportJob) => ({
  status: job.status,
  total_count: job.totalCount,
  completed_count: job.completedCount,
  failed_count: job.errors.length,
  started_at: at(job.startedMs),
  completed_at: at(job.completedMs),
});

const queued = (job: ImportJob): ReturnType<typeof progress> => ({
  ...progress({ ...job, status: 'queued', completedCount: 0, errors: [] }),
  started_at: null,
  completed_at: null,
});

/** A job as an answer shows it: the one to its request is queued, whatever comes at once. */
export const importJobResource = (
  call: Call,
  job: ImportJob,
  { isNew = false, listed = false }: { isNew?: boolean; listed?: boolean } = {},
) => {
  const self = `${call.origin}/api/profile-bulk-import-jobs/${job.id}/`;
  const created = listed ? microseconds(job.createdMs * 1000) : wholeSeconds(job.createdMs);
  const attributes = {
    ...(isNew ? queued(job) : progress(job)),
    created_at: created,
    expires_at: wholeSeconds(expiryOf(job)),
  };
  const links = (name: string) => ({
    self: `${self}relationships/${name}/`,
    related: `${self}${name}/`,
  });
  const { related } = links('import-errors');
  return {
    type: 'profile-bulk-import-job',
    id: job.id,
    attributes: pickFields(attributes, call.query.get('fields[profile-bulk-import-job]')),
    relationships: {
      lists: { data: job.lists.map(({ id }) => ({ type: 'list', id })), links: links('lists') },
      profiles: { links: links('profiles') },
      'import-errors': { links: { related } },
    },
    links: { self },
  };
};
