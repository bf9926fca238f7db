import { methodNotAllowed, missing } from './api-error.ts';
import { getAccounts } from './operations/accounts.ts';
import { createEvent } from './operations/event-create.ts';
import { createEvents } from './operations/events-bulk-create.ts';
import { getEvents } from './operations/events-read.ts';
import {
  addProfilesToList,
  getListProfiles,
  removeProfilesFromList,
} from './operations/list-members.ts';
import { getLists } from './operations/lists.ts';
import { getProfile, getProfiles } from './operations/profiles-read.ts';
import { createProfile, importProfile, updateProfile } from './operations/profiles-write.ts';
import { subscribeProfiles, unsubscribeProfiles } from './operations/subscriptions.ts';
import type { Route } from './route.ts';

/** Every operation that the simulator knows. */
export const routes: readonly Route[] = [
  getAccounts,
  getProfiles,
  getProfile,
  createProfile,
  updateProfile,
  importProfile,
  getLists,
  getListProfiles,
  addProfilesToList,
  removeProfilesFromList,
  subscribeProfiles,
  unsubscribeProfiles,
  createEvent,
  createEvents,
  getEvents,
];

export interface RouteMatch {
  readonly route: Route;
  readonly params: Readonly<Record<string, string>>;
}

const segmentsOf = (path: string): string[] => path.split('/').filter((segment) => segment !== '');

const decoded = (segment: string): string => {
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
