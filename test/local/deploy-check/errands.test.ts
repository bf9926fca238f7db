import { afterEach, beforeEach, expect, it } from 'vitest';
import { checkJob } from '../../../bin/bridge/jobs/check-job.ts';
import { accountBefore, errands } from '../../../local/deploy-check/errands.ts';
import { type KlaviyoSimulator, startKlaviyoSimulator } from '../../../local/klaviyo/simulator.ts';

let klaviyo: KlaviyoSimulator;
beforeEach(async () => {
  klaviyo = await startKlaviyoSimulator({ accounts: [accountBefore] });
});
afterEach(() => klaviyo.close());

it.each(Object.entries(errands))('%s is a job that its queue takes', (type, { job }) => {
  expect(checkJob(JSON.stringify(job))).toMatchObject({ type });
});

it.each(Object.entries(errands))('%s is not done before it is sent', (_, { isDone }) => {
  expect(isDone(klaviyo.account())).toBe(false);
});
