import * as z from 'zod';
import { invalid, missing, noList, notFound } from '../api-error.ts';
import { requiredIf, since } from '../body-validation.ts';
import { type FilterFields, parseFilter } from '../filter.ts';
import { meets } from '../filter-match.ts';
import { identifierProblems, refuseProblems } from '../identifiers.ts';
import { compareKeys, pageOf } from '../paging.ts';
import { fieldset, sortBy, text } from '../query-rules.ts';
import { type Call, defineRead, defineWrite } from '../route.ts';
import {
  type SuppressionJob,
  type SuppressionKind,
  spawnSuppression,
  suppressionJobs,
} from '../state/suppression-jobs.ts';
import { wholeSeconds } from '../timestamps.ts';
import { collection, pickFields, selfLink } from './resource.ts';

const maxEmails = 100;
const rowsPointer = '/data/attributes/profiles/data';
const firstWithStatus = '2024-10-15';

const typeOf = (kind: SuppressionKind) => `profile-suppression-bulk-${kind}-job` as const;
const pathOf = (kind: SuppressionKind) => `/api/profile-suppression-bulk-${kind}-jobs` as const;
const fieldsOf = (kind: SuppressionKind) => `fields[${typeOf(kind)}]` as const;

const bodyOf = (kind: SuppressionKind) => (served: string) => {
  const email = z.string().nullable();
  const row = z.strictObject({
    type: z.literal('profile'),
    attributes: z.strictObject({ email: requiredIf(served >= '2024-05-15', email) }),
  });
  const profiles = z.strictObject({ data: z.array(row).min(1) });
  const group = (type: string) =>
    z.strictObject({ data: z.strictObject({ type: z.literal(type), id: z.string() }).optional() });
  const groups = z.strictObject({
    list: group('list').optional(),
    segment: group('segment').optional(),
  });
  return z.strictObject({
    data: z.strictObject({
      type: z.literal(typeOf(kind)),
      attributes: z.strictObject({ profiles: requiredIf(served < '2024-02-15', profiles) }),
      relationships: since(served, '2024-02-15', groups),
    }),
  });
};

type Body = z.output<ReturnType<ReturnType<typeof bodyOf>>>;

/** The addresses, or the list: never both. @throws ApiError 400, 404 */
const meant = ({ account }: Call, { data }: Body) => {
  const rows = data.attributes.profiles?.data ?? [];
  const listId = data.relationships?.list?.data?.id;
  const segmentId = data.relationships?.segment?.data?.id;
  const given = [rows[0], listId, segmentId].filter((one) => one !== undefined);
  if (given.length !== 1) {
    throw invalid("Exactly one of 'profiles', 'list' and 'segment' is required.", {
      pointer: '/data',
    });
  }
  if (segmentId !== undefined) {
    throw notFound('segment', segmentId, { pointer: '/data/relationships/segment/data/id' });
  }
  if (rows.length > maxEmails) {
    throw invalid(`At most ${maxEmails} profiles are allowed.`, { pointer: rowsPointer });
  }
  const rules = { lenient: false, required: true };
  refuseProblems(
    rows.flatMap(({ attributes }, index) =>
      identifierProblems(attributes, `${rowsPointer}/${index}/attributes`, rules),
    ),
  );
  const list = listId === undefined ? undefined : account.lists.get(listId);
  if (listId !== undefined && !list) {
    throw noList(listId, { pointer: '/data/relationships/list/data/id' });
  }
  return { emails: rows.flatMap(({ attributes }) => attributes.email ?? []), list };
};

/** The answer to the request was recorded as complete in its times, and empty in its counts. */
const resourceOf = (call: Call, job: SuppressionJob, isNew = false) => {
  const type = typeOf(job.kind);
  const complete = wholeSeconds(job.createdMs);
  const attributes = {
    status: isNew ? 'processing' : job.status,
    created_at: complete,
    completed_at: complete,
    total_count: isNew ? 0 : job.totalCount,
    completed_count: isNew ? 0 : job.completedCount,
    skipped_count: isNew ? 0 : job.skippedCount,
  };
  return {
    ...{ type, id: job.id },
    attributes: pickFields(attributes, call.query.get(fieldsOf(job.kind))),
    links: { self: `${call.origin}${pathOf(job.kind)}/${job.id}/` },
  };
};

const exactly = { kind: 'text', operators: ['equals'] } as const;
const filterFields: FilterFields = { status: exactly, list_id: exactly, segment_id: exactly };

const filtered = (job: SuppressionJob, field: string): string | undefined => {
  if (field === 'status') return job.status;
  return field === 'list_id' ? job.listId : undefined;
};

/** The three operations of a kind of suppression job: ask for one, look at one, look at all. */
const defineJobs = (kind: SuppressionKind, scopes: readonly string[]) => {
  const common = { tier: 'L', resource: typeOf(kind) } as const;
  const reading = {
    ...common,
    method: 'GET',
    since: firstWithStatus,
    scopes: ['subscriptions:read'],
  } as const;
  const fields = { [fieldsOf(kind)]: fieldset(typeOf(kind)) };
  const create = defineWrite({
    ...common,
    method: 'POST',
    path: pathOf(kind),
    scopes,
    query: { [fieldsOf(kind)]: fieldset(typeOf(kind), { since: '2026-01-15' }) },
    body: bodyOf(kind),
    respond: (call, body) => {
      const job = spawnSuppression(call.account, { kind, ...meant(call, body) });
      const data = resourceOf(call, job, true);
      return {
        status: 202,
        body: { data, ...(call.served >= '2026-01-15' && { links: data.links }) },
      };
    },
  });
  const getOne = defineRead({
    ...reading,
    path: `${pathOf(kind)}/{job_id}`,
    query: fields,
    respond: (call) => {
      const job = suppressionJobs(call.account, kind).find(({ id }) => id === call.params.job_id);
      if (!job) throw missing('Invalid job id');
      return { status: 200, body: { data: resourceOf(call, job), ...selfLink(call) } };
    },
  });
  const getAll = defineRead({
    ...reading,
    path: pathOf(kind),
    query: { ...fields, filter: text, sort: sortBy(['created']), 'page[cursor]': text },
    respond: (call) => {
      const filter = call.query.get('filter');
      const conditions = parseFilter(filter, filterFields, call.nowMs, call.served);
      const descending = call.query.get('sort')?.startsWith('-') ?? false;
      const keyOf = (job: SuppressionJob) => [job.createdMs, job.id] as const;
      const items = suppressionJobs(call.account, kind)
        .filter((job) => conditions.every((one) => meets(filtered(job, one.field), one)))
        .sort((a, b) => compareKeys(keyOf(a), keyOf(b)) * (descending ? -1 : 1));
      const page = pageOf(call, { items, keyOf, descending }, 20);
      const data = page.items.map((job) => resourceOf(call, job));
      return { status: 200, body: collection({ data, links: page.links }) };
    },
  });
  return [create, getOne, getAll];
};

/** Stops mail to people by their addresses, or allows it again. */
export const suppressionRoutes = [
  ...defineJobs('create', ['profiles:write', 'subscriptions:write']),
  ...defineJobs('delete', ['subscriptions:write']),
];
