/**
 * `npm run bench -- outbound`: what customers, lists and events cost in calls to Klaviyo, in time
 * and in requests to DynamoDB, beside the same work as one call per job.
 */
import { reportCalls } from './outbound-calls.ts';
import { reportSpeed } from './outbound-speed.ts';
import { reportWrites } from './outbound-writes.ts';

export const run = async (): Promise<void> => {
  await reportCalls();
  await reportSpeed();
  await reportWrites();
};
