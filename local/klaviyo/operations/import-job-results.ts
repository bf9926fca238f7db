/** What became of the rows of a bulk import, and of its lists. */
import { pageOf, type Sorted } from '../paging.ts';
import { fieldset, size, text } from '../query-rules.ts';
import { type Call, defineRead } from '../route.ts';
import type { ImportError } from '../state/import-jobs.ts';
import type { Profile } from '../state/profile.ts';
import { importFacts, importJobAt } from './import-job-resource.ts';
import { listResource } from './list-resource.ts';
import { profileQuery } from './profile-query.ts';
import { namedAlways, profileResource } from './profile-resource.ts';
import { collection, pickFields, selfLink } from './resource.ts';

const paging = { 'page[size]': size(100), 'page[cursor]': text };
const ofProfiles = { ...importFacts, method: 'GET', scopes: ['profiles:read'] } as const;
const ofLists = { ...importFacts, method: 'GET', scopes: ['lists:read'] } as const;

const errorResource = ({ query, origin, url, served }: Call, error: ImportError) => {
  const { code, title, detail, source } = error.problem;
  const place = source && 'pointer' in source ? source.pointer.replace(/^\/data/, '') : '';
  const attributes = {
    ...{ code, title, detail },
    source: { pointer: error.pointer + place },
    original_payload: error.payload,
  };
  const self = `${origin}${url.pathname.replace(/\/$/, '')}/${error.id}/`;
  return {
    type: 'import-error',
    id: error.id,
    attributes: pickFields(attributes, query.get('fields[import-error]')),
    // Later revisions have no links of their own here.
    ...(served < '2024-07-15' && { links: { self } }),
  };
};

/** The rows of a bulk import that could not be written, a page at a time. */
export const getErrorsForBulkImportProfilesJob = defineRead({
  ...ofProfiles,
  path: '/api/profile-bulk-import-jobs/{id}/import-errors',
  query: { ...paging, 'fields[import-error]': fieldset('import-error') },
  respond: (call) => {
    const { errors } = importJobAt(call);
    const keyOf = (error: ImportError) => [errors.indexOf(error), error.id] as const;
    const page = pageOf(call, { items: errors, keyOf, descending: false }, 20);
    const data = page.items.map((error) => errorResource(call, error));
    return { status: 200, body: collection({ data, links: page.links }) };
  },
});

const imported = (call: Call): Sorted<Profile> => {
  const found = [...importJobAt(call).profileIds].map((id) => call.account.profiles.get(id));
  const items = [...new Set(found.flatMap((profile) => profile ?? []))];
  return { items, keyOf: (profile) => [items.indexOf(profile), profile.id], descending: false };
};

/** The profiles that a bulk import has written, as they are now. */
export const getProfilesForBulkImportProfilesJob = defineRead({
  ...ofProfiles,
  path: '/api/profile-bulk-import-jobs/{id}/profiles',
  query: { ...profileQuery, ...paging },
  respond: (call) => {
    const page = pageOf(call, imported(call), 20);
    const view = { named: namedAlways(call.served) };
    const data = page.items.map((profile) => profileResource(call, profile, view));
    return { status: 200, body: collection({ data, links: page.links }) };
  },
});

/** The same by their ids alone. */
export const getProfileIdsForBulkImportProfilesJob = defineRead({
  ...ofProfiles,
  path: '/api/profile-bulk-import-jobs/{id}/relationships/profiles',
  query: paging,
  respond: (call) => {
    const page = pageOf(call, imported(call), 20);
    const data = page.items.map(({ id }) => ({ type: 'profile', id }));
    return { status: 200, body: collection({ data, links: page.links }) };
  },
});

/** The lists that a bulk import puts its profiles on. */
export const getListForBulkImportProfilesJob = defineRead({
  ...ofLists,
  path: '/api/profile-bulk-import-jobs/{id}/lists',
  query: { 'fields[list]': fieldset('list') },
  respond: (call) => {
    const data = importJobAt(call).lists.map((list) => listResource(call, list));
    return { status: 200, body: { data, ...selfLink(call) } };
  },
});

/** The same by their ids alone. */
export const getListIdsForBulkImportProfilesJob = defineRead({
  ...ofLists,
  path: '/api/profile-bulk-import-jobs/{id}/relationships/lists',
  respond: (call) => {
    const data = importJobAt(call).lists.map(({ id }) => ({ type: 'list', id }));
    return { status: 200, body: { data, ...selfLink(call) } };
  },
});
