import { methodNotAllowed, missing } from './api-error.ts';
import { getAccounts } from './operations/accounts.ts';
import { createEvent } from './operations/event-create.ts';
import { getEvent } from './operations/event-read.ts';
import { bulkCreateEvents } from './operations/events-bulk-create.ts';
import { getEvents } from './operations/events-read.ts';
import { bulkImportProfiles } from './operations/import-job-create.ts';
import {
  getErrorsForBulkImportProfilesJob,
  getListForBulkImportProfilesJob,
  getListIdsForBulkImportProfilesJob,
  getProfileIdsForBulkImportProfilesJob,
  getProfilesForBulkImportProfilesJob,
} from './operations/import-job-results.ts';
import {
  getBulkImportProfilesJob,
  getBulkImportProfilesJobs,
} from './operations/import-jobs-read.ts';
import { createList } from './operations/list-create.ts';
import {
  addProfilesToList,
  getProfilesForList,
  removeProfilesFromList,
} from './operations/list-members.ts';
import { getList } from './operations/list-read.ts';
import { getLists } from './operations/lists.ts';
import { getMetric, getMetrics } from './operations/metrics.ts';
import { requestProfileDeletion } from './operations/profile-deletion.ts';
import { getListIdsForProfile, getListsForProfile } from './operations/profile-lists.ts';
import { mergeProfiles } from './operations/profile-merge.ts';
import { getProfile } from './operations/profile-read.ts';
import { getProfiles } from './operations/profiles-read.ts';
import {
  createOrUpdateProfile,
  createProfile,
  updateProfile,
} from './operations/profiles-write.ts';
import { bulkSubscribeProfiles, bulkUnsubscribeProfiles } from './operations/subscriptions.ts';
import { suppressionRoutes } from './operations/suppression-jobs.ts';
import type { Route } from './route.ts';

/** Every operation that the simulator knows. */
export const routes: readonly Route[] = [
  getAccounts,
  getProfiles,
  getProfile,
  createProfile,
  updateProfile,
  createOrUpdateProfile,
  mergeProfiles,
  requestProfileDeletion,
  getListsForProfile,
  getListIdsForProfile,
  bulkImportProfiles,
  getBulkImportProfilesJobs,
  getBulkImportProfilesJob,
  getErrorsForBulkImportProfilesJob,
  getProfilesForBulkImportProfilesJob,
  getProfileIdsForBulkImportProfilesJob,
  getListForBulkImportProfilesJob,
  getListIdsForBulkImportProfilesJob,
  getLists,
  getList,
  createList,
  getProfilesForList,
  addProfilesToList,
  removeProfilesFromList,
  bulkSubscribeProfiles,
  bulkUnsubscribeProfiles,
  ...suppressionRoutes,
  createEvent,
  bulkCreateEvents,
  getEvents,
  getEvent,
  getMetrics,
  getMetric,
];

export interface RouteMatch {
  readonly route: Route;
  readonly params: Readonly<Record<string, string>>;
}

const segmentsOf = (path: string): string[] => path.split('/').filter((segment) => segment !== '');

/** A part of a path as it was meant. */
export const decoded = (segment: string): string => {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
};

const patterns = routes.map((route) => ({ route, segments: segmentsOf(route.path) }));

const paramsOf = (pattern: readonly string[], segments: readonly string[]) => {
  const params: Record<string, string> = {};
  for (const [index, part] of pattern.entries()) {
    const segment = segments[index] ?? '';
    if (part.startsWith('{')) params[part.slice(1, -1)] = decoded(segment);
    else if (part !== segment) return undefined;
  }
  return params;
};

/**
 * The operation of a method and path, with or without a slash at the end.
 * @throws ApiError 404 for an unknown path, 405 for a method that the path does not offer.
 */
export const matchRoute = (method: string, path: string): RouteMatch => {
  const segments = segmentsOf(path);
  const matches = patterns
    .filter((pattern) => pattern.segments.length === segments.length)
    .flatMap(({ route, segments: pattern }) => {
      const params = paramsOf(pattern, segments);
      return params ? [{ route, params }] : [];
    });
  const match = matches.find(({ route }) => route.method === method);
  if (match) return match;
  if (matches.length > 0) throw methodNotAllowed(method);
  throw missing('No such page.');
};
