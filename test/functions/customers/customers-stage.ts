/** The customers function with its real stores and client against the simulator, at a time of the test's. */

import { afterAll, beforeAll } from 'vitest';
import { createHandleCustomerJobs } from '../../../functions/customers/handle-jobs.ts';
import type { ListJobOf } from '../../../functions/customers/rules/list-jobs.ts';
import {
  type KlaviyoSimulatorOptions,
  startKlaviyoSimulator,
} from '../../../local/klaviyo/simulator.ts';
import { toConnection } from '../../../shared/connections/find-connection.ts';
import type { Customer, CustomersMessage } from '../../../shared/jobs/contract/messages.ts';
import type { Job } from '../../../shared/jobs/job.ts';
import type { JobOutcome } from '../../../shared/jobs/outcome.ts';
import { createKlaviyoClient } from '../../../shared/klaviyo/index.ts';
import { createCustomerMemory } from '../../../shared/people/customer-memory.dynamodb.ts';
import { createSeeProfiles } from '../../../shared/people/see-profiles.ts';
import { createSightingStore } from '../../../shared/people/sighting-store.dynamodb.ts';
import type { WithheldFrom, WithheldIdentifier } from '../../../shared/people/tell-withheld.ts';
import { PassingError } from '../../../shared/platform/passing-error.ts';
import type { Table } from '../../../shared/platform/table.dynamodb.ts';
import { connectionOf } from '../../support/connection.ts';
import { startDynamoDB, type TestDynamoDB } from '../../support/dynamodb.ts';
import { createFreePermits } from '../../support/free-permits.ts';
import { jobOf } from '../../support/job.ts';

const startMs = Date.parse('2026-11-23T12:00:00Z');
export const dayMs = 24 * 3_600_000;

export interface CustomersStageOptions {
  readonly revision?: string;
  readonly simulator?: KlaviyoSimulatorOptions;
}

let stages = 0;

/** Each stage is an account of its own: stages share the table and no memory. */
const startCustomersStage = async (
  table: Table,
  { revision = '2026-07-15', simulator: more }: CustomersStageOptions = {},
) => {
  let nowMs = startMs;
  const now = () => nowMs;
  const simulator = await startKlaviyoSimulator({ rateLimits: 'off', nowMs: now, ...more });
  const account = simulator.account();
  stages += 1;
  const connectionId = `shop-${stages}`;
  const { settings } = connectionOf({
    connectionId,
    accountId: account.id,
    apiUrl: simulator.url,
    revision,
  });
  const connection = toConnection(settings, async () => 'Klaviyo-API-Key pk_simulated');
  const memoryKey = `${connectionId}/${account.id}`;
  const klaviyo = createKlaviyoClient({
    permits: createFreePermits().permits,
    sleep: async () => {},
    now,
  });
  const listJobs: ListJobOf[] = [];
  const told: (WithheldFrom & WithheldIdentifier)[] = [];
  const faults = { listJobsFail: false, onListJobs: async () => {} };
  /** One instance of the function. */
  const createInstance = (at: Table = table, signal = new AbortController().signal) => {
    const memory = createCustomerMemory({ ...at, now });
    const handleJobs = createHandleCustomerJobs({
      klaviyo,
      memory,
      seeProfiles: createSeeProfiles({
        klaviyo,
        sightings: createSightingStore({ ...at, now }),
        now,
      }),
      sendListJobs: async (jobs) => {
        await faults.onListJobs();
        if (faults.listJobsFail) throw new PassingError('not sent');
        listJobs.push(...jobs);
      },
      tellWithheld: (from, withheld) => {
        for (const one of withheld) told.push({ ...from, ...one });
      },
      now,
    });
    return async (
      ...jobs: readonly Job<CustomersMessage>[]
    ): Promise<(JobOutcome | undefined)[]> => {
      const context = { signal, notAfterMs: now() + 20_000 };
      const outcomes = await handleJobs(jobs, connection, context);
      return jobs.map(({ id }) => outcomes.get(id));
    };
  };
  const memory = createCustomerMemory({ ...table, now });
  return {
    simulator,
    account,
    klaviyo,
    memory,
    memoryKey,
    connectionId,
    listJobs,
    told,
    faults,
    now,
    createInstance,
    run: createInstance(),
    pass: (ms: number) => {
      nowMs += ms;
    },
    /** A job of one customer, said now unless a time is given. */
    job: (
      customer: Partial<Customer>,
      occurredAt?: string,
      rest: Partial<CustomersMessage> = {},
    ): Job<CustomersMessage> =>
      jobOf<CustomersMessage>(
        {
          connectionId,
          type: 'customer.upsert',
          ...(occurredAt === undefined ? {} : { occurredAt: `2026-11-01T${occurredAt}:00Z` }),
          customer: { customerId: 'c1', ...customer },
          ...rest,
        },
        { firstSentAtMs: nowMs },
      ),
    /** The profile that a customer is linked to, as Klaviyo has it. */
    profileOf: async (customerId: string) => {
      const link = (await memory.readCustomers(memoryKey, [customerId])).get(customerId);
      return link?.profileId === undefined ? undefined : account.profile(link.profileId);
    },
    /** What the customer's item says. */
    linkOf: async (customerId: string) =>
      (await memory.readCustomers(memoryKey, [customerId])).get(customerId),
    [Symbol.asyncDispose]: () => simulator.close(),
  };
};

export type CustomersStage = Awaited<ReturnType<typeof startCustomersStage>>;

/** A links table for the tests of a file, and stages that share it. */
export const withLinksTable = () => {
  let dynamodb: TestDynamoDB;
  const table: Table = {
    get client() {
      return dynamodb.client;
    },
    tableName: 'links',
  };
  beforeAll(async () => {
    dynamodb = await startDynamoDB();
    await dynamodb.createTable(table.tableName, { withheldIndex: true });
  });
  afterAll(() => dynamodb[Symbol.asyncDispose]());
  return {
    table,
    start: (options?: CustomersStageOptions) => startCustomersStage(table, options),
  };
};
