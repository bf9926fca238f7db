import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { CustomersMessage } from '../../shared/jobs/contract/messages.ts';
import type { FaultJob } from '../support/fault-jobs.ts';
import { type FaultStage, startFaultStage } from '../support/fault-stage.ts';
import { sendOver } from '../support/fault-storm.ts';
import { readDeadLetters } from '../support/observed-shop.ts';

const shop = 'shop00';
const customerCount = 400;
const consumer = 'Customers/Consumer';
/** A function that dies has its customers leased for 70 seconds. */
const drainingSeconds = 200;

const numbers = Array.from({ length: customerCount }, (_, index) => index);
const emailOf = (index: number) => `p${index}@${shop}.example`;

const jobs = numbers.map((index): FaultJob => {
  const job: CustomersMessage = {
    connectionId: shop,
    type: 'customer.upsert',
    customer: { customerId: `customer-${index}`, email: emailOf(index) },
  };
  return { queue: 'customers', shop, job, body: JSON.stringify(job) };
});

let stage: FaultStage;
let crashes = 0;

/** Waits until so many profiles were asked for: then calls are under way. */
const callsUnderWay = async (calls: number): Promise<void> => {
  while (stage.klaviyo.countCalls({ endpoint: 'POST /api/profiles' }) < calls) await sleep(5);
};

/** Sends more customers at once than Klaviyo takes in a second, and kills three times amid calls. */
beforeAll(async () => {
  stage = await startFaultStage({ shops: [shop], timeoutSeconds: 15, maxConcurrency: 3 });
  const before = stage.aws.functions();
  await sendOver(stage, jobs, 0);
  for (const calls of [20, 90, 150]) {
    await callsUnderWay(calls);
    stage.aws.killInstances(consumer);
  }
  await stage.aws.idle({ timeoutSeconds: drainingSeconds });
  const errors = (functions: typeof before) =>
    Object.values(functions).reduce((sum, one) => sum + one.errors, 0);
  crashes = errors(stage.aws.functions()) - errors(before);
}, 240_000);

afterAll(async () => {
  await stage[Symbol.asyncDispose]();
});

test('invocations were killed in the midst of their calls', () => {
  expect(crashes).toBeGreaterThanOrEqual(3);
});

test('permits that died with their instance never make Klaviyo answer 429', () => {
  expect(stage.klaviyo.countCalls({ status: 429 })).toBe(0);
  expect(stage.klaviyo.countCalls({ endpoint: 'POST /api/profiles' })).toBeGreaterThan(75);
});

test('customers whose instance was killed arrive all the same, each as one profile', async () => {
  const profiles = stage.klaviyo.account(shop).profiles();
  expect(profiles.map(({ email }) => email).toSorted()).toEqual(numbers.map(emailOf).toSorted());
  expect((await readDeadLetters(stage)).size).toBe(0);
});
