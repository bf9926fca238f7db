/** The logic of the lists function, with memory for AWS, before a simulated Klaviyo. */

import { createHandleListJobs } from '../../../functions/lists/handle-jobs.ts';
import { createRepeatLater } from '../../../functions/lists/repeat-later.ts';
import { createTellConsents } from '../../../functions/lists/tell-consents.ts';
import {
  type KlaviyoSimulatorOptions,
  startKlaviyoSimulator,
} from '../../../local/klaviyo/simulator.ts';
import { memoryKeyOf } from '../../../shared/connections/contract.ts';
import { type ListsMessage, listsMessage } from '../../../shared/jobs/contract/messages.ts';
import type { Job } from '../../../shared/jobs/job.ts';
import type { JobOutcome } from '../../../shared/jobs/outcome.ts';
import type { OutgoingMessage } from '../../../shared/jobs/outgoing-messages.ts';
import { createKlaviyoClient, type Permits } from '../../../shared/klaviyo/index.ts';
import type { CachedLists } from '../../../shared/people/contract/list-decisions.ts';
import type { MetricName } from '../../../shared/platform/contract/metrics.ts';
import { linkKeys } from '../../../shared/platform/contract/tables.ts';
import { connectionOf } from '../../support/connection.ts';
import { createFreePermits } from '../../support/free-permits.ts';
import { jobOf } from '../../support/job.ts';
import { createMemoryDecisions } from '../../support/memory-list-decisions.ts';
import { createMemoryLog } from '../../support/memory-log.ts';

type Account = NonNullable<KlaviyoSimulatorOptions['accounts']>[number];

export interface ListsWorldOptions {
  /** What Klaviyo has from the beginning. */
  readonly account?: Account;
  readonly delays?: KlaviyoSimulatorOptions['delays'];
  /** Of both clocks. @default a day on which the oldest revision is 2025-01-15 */
  readonly startsAtMs?: number;
  readonly onCall?: KlaviyoSimulatorOptions['onCall'];
  /** Settings of the connection beside the API's URL. */
  readonly settings?: Record<string, unknown>;
}

interface InstanceOptions {
  readonly permits?: Permits;
  /** It is killed after its calls to Klaviyo, before it has remembered anything. */
  readonly dies?: boolean;
}

const today = Date.parse('2026-11-23T12:00:00Z');

/** A list job of the tests' connection, checked as the queue checks it. */
export const listJob = (message: Record<string, unknown>): ListsMessage =>
  listsMessage.parse({ connectionId: 'acme', ...message });

/** A Klaviyo and a consumer that share a clock which the test moves. */
export const startListsWorld = async ({
  account = {},
  delays = { subscriptionMs: 0 },
  settings = {},
  startsAtMs = today,
  onCall,
}: ListsWorldOptions = {}) => {
  let nowMs = startsAtMs;
  const now = () => nowMs;
  const klaviyo = await startKlaviyoSimulator({
    accounts: [{ privateKeys: [{ key: 'pk_test' }], ...account }],
    rateLimits: 'off',
    nowMs: now,
    delays,
    ...(onCall && { onCall }),
  });
  const links = new Map<string, string>();
  const stored = new Map<string, CachedLists>();
  const memory = createMemoryDecisions(now);
  const published: OutgoingMessage[] = [];
  const log = createMemoryLog();
  const told: MetricName[] = [];
  let publishFails = false;
  const { permits, taken } = createFreePermits();

  const connection = connectionOf({ apiUrl: klaviyo.url, ...settings });
  const memoryKey = memoryKeyOf(connection.settings);
  type Batch = readonly Job<ListsMessage>[];

  /** Another instance of the function, which remembers nothing of its own yet. */
  const startInstance = ({ permits: own = permits, dies = false }: InstanceOptions = {}) => {
    const handleJobs = createHandleListJobs({
      klaviyo: createKlaviyoClient({ permits: own, now, sleep: async () => {} }),
      readLinks: async (keys) =>
        new Map(keys.flatMap((key) => (links.has(key) ? [[key, links.get(key) ?? '']] : []))),
      forgetLinks: async (lost) => {
        for (const { key, profileId } of lost) if (links.get(key) === profileId) links.delete(key);
      },
      tell: createTellConsents({
        logger: log.logger,
        metrics: { add: (name) => void told.push(name) },
      }),
      decisions: dies
        ? { ...memory.decisions, save: () => Promise.reject(new Error('killed')) }
        : memory.decisions,
      listStore: {
        read: async (id) => stored.get(id),
        write: async (id, lists) => void stored.set(id, lists),
      },
      repeatLater: createRepeatLater({
        publish: async (messages) => {
          if (publishFails) return new Set(messages.keys());
          published.push(...messages);
          return new Set();
        },
      }),
      now,
      random: () => 0.5,
    });
    return async (jobs: Batch): Promise<(JobOutcome | undefined)[]> => {
      const context = { signal: new AbortController().signal, notAfterMs: nowMs + 20_000 };
      const outcomes = await handleJobs(jobs, connection, context);
      return jobs.map(({ id }) => outcomes.get(id));
    };
  };
  const runJobs = startInstance();

  return {
    klaviyo,
    account: klaviyo.account(),
    links: {
      customer: (id: string, profileId: string) =>
        links.set(linkKeys.customer(memoryKey, id), profileId),
      email: (email: string, profileId: string) =>
        links.set(linkKeys.email(memoryKey, email), profileId),
      phone: (phone: string, profileId: string) =>
        links.set(linkKeys.phone(memoryKey, phone), profileId),
    },
    memory,
    stored,
    published,
    /** The lines of the log, and the metrics that were added to. */
    log: log.lines,
    told,
    taken,
    now,
    startInstance,
    failPublishing() {
      publishFails = true;
    },
    advance(ms: number) {
      nowMs += ms;
    },
    jobOf: (message: Record<string, unknown>, overrides: Partial<Job<ListsMessage>> = {}) =>
      jobOf(listJob(message), { firstSentAtMs: nowMs, ...overrides }),
    runJobs,
    /** Runs messages as one batch, sent now. */
    run: (...messages: Record<string, unknown>[]) =>
      runJobs(messages.map((message) => jobOf(listJob(message), { firstSentAtMs: nowMs }))),
    async [Symbol.asyncDispose]() {
      await klaviyo.close();
    },
  };
};

export type ListsWorld = Awaited<ReturnType<typeof startListsWorld>>;
