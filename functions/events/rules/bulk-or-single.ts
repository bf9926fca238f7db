/** Whether events go to Klaviyo in bulk or one by one. */
import { endpoints, type KlaviyoRequestError, tiers } from '../../../shared/klaviyo/index.ts';
import { namesRepeatedId } from './named-events.ts';

/** Whether a revision has bulk calls at all. */
export const hasBulk = (revision: string): boolean =>
  revision >= (endpoints.bulkCreateEvents.since ?? '');

/**
 * From here on a bulk call is the cheaper way: it takes a 150th of its minute's limit, a single one
 * a 3,500th of its own. With fewer events the calls one by one take less.
 */
export const leastEventsInBulk = Math.ceil(
  tiers[endpoints.createEvent.tier].steady / tiers[endpoints.bulkCreateEvents.tier].steady,
);

/** Refusals after which what is left goes one by one: bulk calls are few. */
const maxRefusals = 4;

/** Whether so many events go in bulk, which were part of so many refused calls before. */
export const isWorthBulk = (events: number, refusals: number): boolean =>
  events >= leastEventsInBulk && refusals < maxRefusals;

/** Statuses of an operation that is not there, at this revision or at all. */
const missing: ReadonlySet<number> = new Set([404, 405, 410]);

/** Whether all events of a refused call go one by one: no smaller bulk call would do better. */
export const endsBulk = (error: KlaviyoRequestError): boolean =>
  missing.has(error.status) || namesRepeatedId(error);
