/**
 * `npm run bench -- outbound`: what customers, lists and events cost in calls to Klaviyo, in time
 * and in requests to DynamoDB, beside the same work as one call per job.
 */

import { reportAsDeployed } from './outbound-as-deployed.ts';
import { reportCalls } from './outbound-calls.ts';
import { reportSpeed } from './outbound-speed.ts';

export const run = async (): Promise<void> => {
  await reportCalls();
  await reportSpeed();
  await reportAsDeployed();
};
