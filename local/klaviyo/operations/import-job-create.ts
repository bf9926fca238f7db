import * as z from 'zod';
import { invalid, noList } from '../api-error.ts';
import { requiredIf, since, until } from '../body-validation.ts';
import { identifierProblems, refuseProblems, withoutBadPhone } from '../identifiers.ts';
import { fieldset } from '../query-rules.ts';
import { type Call, defineWrite } from '../route.ts';
import { type ImportRow, spawnImport } from '../state/import-jobs.ts';
import { importFacts, importJobResource } from './import-job-resource.ts';
import { patchMeta, profileAttributes } from './profile-body.ts';

const text = z.string().nullable().optional();

/** `meta` of a row was inside its attributes in the first revision. */
const importRow = (served: string) => {
  const inside = served < '2024-02-15';
  return z.strictObject({
    type: z.literal('profile'),
    id: text,
    attributes: z.strictObject({
      ...profileAttributes(served),
      _kx: text,
      anonymous_id: until(served, '2025-10-15', z.string().nullable()),
      meta: since(inside ? '1' : '0', '1', patchMeta(served)),
    }),
    meta: since(inside ? '0' : '1', '1', patchMeta(served)),
  });
};

type WireRow = z.output<ReturnType<typeof importRow>>;

const body = (served: string) => {
  const lists = z.array(z.strictObject({ type: z.literal('list'), id: z.string() }));
  return z.strictObject({
    data: z.strictObject({
      type: z.literal('profile-bulk-import-job'),
      attributes: z.strictObject({
        profiles: z.strictObject({ data: z.array(importRow(served)).min(1) }),
      }),
      relationships: z
        .strictObject({
          lists: z.strictObject({ data: requiredIf(served < '2024-05-15', lists) }).optional(),
        })
        .optional(),
    }),
  });
};

const maxRows = 10_000;
const maxRowBytes = 100_000;
const rowsPointer = '/data/attributes/profiles/data';

const toImportRow = ({ id, attributes, meta }: WireRow) => {
  const { meta: inner, ...payload } = attributes;
  const { write, headers } = withoutBadPhone(payload);
  const row: ImportRow = { id, write, patch: (inner ?? meta)?.patch_properties, payload };
  return { row, headers };
};

/** One bad row refuses them all. @throws ApiError 400 */
const checkRows = (rows: readonly WireRow[]): void => {
  if (rows.length > maxRows) {
    throw invalid(`At most ${maxRows} profiles are allowed.`, { pointer: rowsPointer });
  }
  const problems = rows.flatMap(({ id, attributes }, index) => {
    const pointer = `${rowsPointer}/${index}`;
    if (Buffer.byteLength(JSON.stringify(attributes)) > maxRowBytes) {
      throw invalid(`The profile exceeds ${maxRowBytes} bytes.`, { pointer });
    }
    const identity = { ...attributes, meta: undefined, id: id ?? undefined };
    const rules = { lenient: false, required: true };
    return identifierProblems(identity, `${pointer}/attributes`, rules);
  });
  refuseProblems(problems);
};

const listsOf = ({ account }: Call, named: readonly { id: string }[]) =>
  named.map(({ id }, index) => {
    const list = account.lists.get(id);
    if (!list) throw noList(id, { pointer: `/data/relationships/lists/data/${index}/id` });
    return list;
  });

/** Imports up to 10,000 profiles a while later, and puts them on lists. It grants no consent. */
export const bulkImportProfiles = defineWrite({
  ...importFacts,
  method: 'POST',
  path: '/api/profile-bulk-import-jobs',
  scopes: ['lists:write', 'profiles:write'],
  query: {
    'fields[profile-bulk-import-job]': fieldset('profile-bulk-import-job', {
      since: '2026-01-15',
    }),
  },
  body,
  respond: (call, { data }) => {
    const wire = data.attributes.profiles.data;
    checkRows(wire);
    const lists = listsOf(call, data.relationships?.lists?.data ?? []);
    const rows = wire.map(toImportRow);
    const job = spawnImport(
      call.account,
      rows.map(({ row }) => row),
      lists,
    );
    const resource = importJobResource(call, job, { isNew: true });
    const links = call.served >= '2026-01-15' && { links: resource.links };
    const headers = Object.assign({}, ...rows.map((one) => one.headers));
    return { status: 202, body: { data: resource, ...links }, headers };
  },
});
