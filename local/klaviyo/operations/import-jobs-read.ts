import { invalid } from '../api-error.ts';
import { type FilterFields, parseFilter } from '../filter.ts';
import { meets } from '../filter-match.ts';
import { compareKeys, pageOf } from '../paging.ts';
import { fieldset, size, sortBy, subset, text } from '../query-rules.ts';
import { defineRead } from '../route.ts';
import { type ImportJob, importJobs } from '../state/import-jobs.ts';
import { importFacts, importJobAt, importJobResource } from './import-job-resource.ts';
import { listResource } from './list-resource.ts';
import { collection, selfLink } from './resource.ts';

const facts = { ...importFacts, scopes: ['lists:read', 'profiles:read'] } as const;
const jobFields = fieldset('profile-bulk-import-job');

/** One bulk import: how far it is. */
export const getBulkImportProfilesJob = defineRead({
  ...facts,
  method: 'GET',
  path: '/api/profile-bulk-import-jobs/{job_id}',
  query: {
    'fields[profile-bulk-import-job]': jobFields,
    'fields[list]': fieldset('list'),
    include: subset(['lists']),
  },
  respond: (call) => {
    const job = importJobAt(call);
    const included = call.query.has('include') && {
      included: job.lists.map((list) => listResource(call, list)),
    };
    return {
      status: 200,
      body: { data: importJobResource(call, job), ...included, ...selfLink(call) },
    };
  },
});

const filterFields: FilterFields = { status: { kind: 'text', operators: ['equals', 'any'] } };
const states = ['queued', 'processing', 'complete'];

/** The bulk imports of the last week. */
export const getBulkImportProfilesJobs = defineRead({
  ...facts,
  method: 'GET',
  path: '/api/profile-bulk-import-jobs',
  query: {
    'fields[profile-bulk-import-job]': jobFields,
    filter: text,
    sort: sortBy(['created_at']),
    'page[size]': size(100),
    'page[cursor]': text,
  },
  respond: (call) => {
    const { query, served, nowMs, account } = call;
    const conditions = parseFilter(query.get('filter'), filterFields, nowMs, served);
    const unknown = conditions
      .flatMap(({ values }) => values)
      .find((one) => !states.includes(`${one}`));
    if (unknown !== undefined) {
      throw invalid(`Invalid status '${unknown}'.`, { parameter: 'filter' });
    }
    const descending = query.get('sort')?.startsWith('-') ?? false;
    const keyOf = (job: ImportJob) => [job.createdMs, job.id] as const;
    const items = importJobs(account)
      .filter((job) => conditions.every((one) => meets(job.status, one)))
      .sort((a, b) => compareKeys(keyOf(a), keyOf(b)) * (descending ? -1 : 1));
    const page = pageOf(call, { items, keyOf, descending }, 20);
    const data = page.items.map((job) => importJobResource(call, job, { listed: true }));
    return { status: 200, body: collection({ data, links: page.links }) };
  },
});
