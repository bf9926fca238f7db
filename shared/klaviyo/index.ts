/** The front door of the Klaviyo module: what is not named here is not for use outside it. */
import { getAccounts } from './endpoints/accounts.ts';
import { bulkCreateEvents, createEvent, getEvents } from './endpoints/events.ts';
import {
  addProfilesToList,
  getLists,
  getProfilesForList,
  removeProfilesFromList,
} from './endpoints/lists.ts';
import {
  createProfile,
  getProfile,
  getProfiles,
  getProfilesWithPredictiveAnalytics,
  updateProfile,
} from './endpoints/profiles.ts';
import { bulkSubscribeProfiles, bulkUnsubscribeProfiles } from './endpoints/subscriptions.ts';

/** Every operation that the bridge uses, by name. */
export const endpoints = {
  getAccounts,
  getProfile,
  getProfiles,
  getProfilesWithPredictiveAnalytics,
  createProfile,
  updateProfile,
  getLists,
  getProfilesForList,
  addProfilesToList,
  removeProfilesFromList,
  bulkSubscribeProfiles,
  bulkUnsubscribeProfiles,
  createEvent,
  bulkCreateEvents,
  getEvents,
} as const;

/** The OAuth scopes that these operations need: what a connection asks for. */
export const scopes: readonly string[] = [
  ...new Set(Object.values(endpoints).flatMap((endpoint) => endpoint.scopes)),
].sort();

export { createKlaviyoClient, type KlaviyoClient } from './client.ts';
export type { CallOptions, CallRecord, KlaviyoConnection } from './connection.ts';
export { withDeadline } from './deadline.ts';
export { ledgerOf } from './endpoint.ts';
export {
  type EventProfile,
  type KlaviyoEvent,
  maxBulkJobBytes,
  maxEventsPerBulkJob,
} from './endpoints/events.ts';
export { maxProfilesPerListChange } from './endpoints/lists.ts';
export type { Profile, ProfileAttributes } from './endpoints/profiles.ts';
export {
  maxProfilesPerSubscribe,
  maxProfilesPerUnsubscribe,
  takesDateOfBirth,
} from './endpoints/subscriptions.ts';
export {
  KlaviyoAuthorisationError,
  KlaviyoError,
  KlaviyoForeignAnswerError,
  type KlaviyoProblem,
  KlaviyoRateLimitError,
  KlaviyoRequestError,
  KlaviyoResponseError,
  KlaviyoServerError,
  KlaviyoUnreachableError,
} from './errors.ts';
export { requestTimeoutMs } from './exchange.ts';
export { and, any, greaterThan, lessThan } from './filter.ts';
export {
  findEventsAt,
  findProfile,
} from './find.ts';
export { cursorOf } from './json-api.ts';
export { isAllowedUrl, isPlainUrl } from './klaviyo-url.ts';
export {
  createKlaviyoOAuth,
  isGrantRefusal,
  type KlaviyoOAuth,
  type Tokens,
} from './oauth.ts';
export { type TokenRequest, tokenTier } from './paced-post.ts';
export type { CallOutcome, Permit, PermitRequest, Permits } from './permits.ts';
export { isRetired, retiresOn, revisionsFor } from './revision.ts';
export { type Tier, tiers } from './tiers.ts';
export { withoutData } from './without-data.ts';
