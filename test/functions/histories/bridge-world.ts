/**
 * The customers, lists and events functions with the real stores and the real client, before two
 * simulated accounts, at a time of the test's.
 */

import { createHandleCustomerJobs } from '../../../functions/customers/handle-jobs.ts';
import { createSendListJobs } from '../../../functions/customers/send-list-jobs.ts';
import { createAskToConfirm } from '../../../functions/events/ask-to-confirm.ts';
import { createConfirmEvents } from '../../../functions/events/confirm-events.ts';
import { createFindPeople } from '../../../functions/events/find-people.ts';
import { createHandleEventJobs } from '../../../functions/events/handle-jobs.ts';
import { createSendEvents } from '../../../functions/events/requests/send-events.ts';
import { createHandleListJobs } from '../../../functions/lists/handle-jobs.ts';
import { createRepeatLater } from '../../../functions/lists/repeat-later.ts';
import { createTellConsents } from '../../../functions/lists/tell-consents.ts';
import { startKlaviyoSimulator } from '../../../local/klaviyo/simulator.ts';
import { memoryKeyOf } from '../../../shared/connections/contract.ts';
import { type Connection, toConnection } from '../../../shared/connections/find-connection.ts';
import type { HandleJobs } from '../../../shared/jobs/consume-queue.ts';
import {
  customersMessage,
  eventsMessage,
  listsMessage,
} from '../../../shared/jobs/contract/messages.ts';
import type { Job } from '../../../shared/jobs/job.ts';
import type { JobOutcome } from '../../../shared/jobs/outcome.ts';
import type { OutgoingMessage } from '../../../shared/jobs/outgoing-messages.ts';
import { createKlaviyoClient } from '../../../shared/klaviyo/index.ts';
import { createCustomerMemory } from '../../../shared/people/customer-memory.dynamodb.ts';
import { createDecisionStore } from '../../../shared/people/decision-store.dynamodb.ts';
import { createSaveConfirmed } from '../../../shared/people/event-link-store.dynamodb.ts';
import { createFindLinkedProfiles } from '../../../shared/people/linked-profiles.dynamodb.ts';
import { createListStore } from '../../../shared/people/list-store.dynamodb.ts';
import {
  createFindCustomers,
  createForgetLinks,
} from '../../../shared/people/lost-links.dynamodb.ts';
import { createReadLinks } from '../../../shared/people/read-links.dynamodb.ts';
import { createSeeProfiles } from '../../../shared/people/see-profiles.ts';
import { createSightingStore } from '../../../shared/people/sighting-store.dynamodb.ts';
import type { WithheldFrom, WithheldIdentifier } from '../../../shared/people/tell-withheld.ts';
import { connectionOf } from '../../support/connection.ts';
import type { TestDynamoDB } from '../../support/dynamodb.ts';
import { createFreePermits } from '../../support/free-permits.ts';
import { jobOf } from '../../support/job.ts';
import { createMemoryLog } from '../../support/memory-log.ts';

const startMs = Date.parse('2026-11-23T12:00:00Z');

export type Queue = 'customers' | 'lists' | 'events';
export interface Sent {
  readonly queue: Queue;
  readonly job: Job;
}

export const createTables = async (dynamodb: TestDynamoDB) => ({
  client: dynamodb.client,
  links: await dynamodb.createTable('links', { withheldIndex: true }),
  connections: await dynamodb.createTable('connections', { sortKey: true }),
});

let worlds = 0;

/** Each world is a connection of its own: worlds share the tables and no memory. */
export const startBridgeWorld = async (
  tables: Awaited<ReturnType<typeof createTables>>,
  revision: string,
) => {
  let nowMs = startMs;
  const now = () => nowMs;
  const accountIds = ['AcCt01', 'AcCt02'] as const;
  const simulator = await startKlaviyoSimulator({
    accounts: accountIds.map((id) => ({ id, privateKeys: [{ key: `pk_${id}` }] })),
    rateLimits: 'off',
    nowMs: now,
    delays: { subscriptionMs: 0, eventMs: 0 },
  });
  worlds += 1;
  const connectionId = `shop-${worlds}`;
  const connectionTo = (accountId: string): Connection => {
    const settings = { connectionId, accountId, apiUrl: simulator.url, revision };
    return toConnection(
      connectionOf(settings).settings,
      async () => `Klaviyo-API-Key pk_${accountId}`,
    );
  };
  let accountId: string = accountIds[0];

  const links = { client: tables.client, tableName: tables.links };
  const klaviyo = createKlaviyoClient({
    permits: createFreePermits().permits,
    sleep: async () => {},
    now,
  });
  const seeProfiles = createSeeProfiles({
    klaviyo,
    sightings: createSightingStore({ ...links, now }),
    now,
  });
  const published: (OutgoingMessage & { queue: Queue })[] = [];
  const publishTo = (queue: Queue) => async (messages: readonly OutgoingMessage[]) => {
    published.push(...messages.map((message) => ({ ...message, queue })));
    return new Set<number>();
  };
  const told: (WithheldFrom & WithheldIdentifier)[] = [];
  const tellWithheld = (from: WithheldFrom, withheld: readonly WithheldIdentifier[]) => {
    for (const one of withheld) told.push({ ...from, ...one });
  };
  const log = createMemoryLog();
  const memory = createCustomerMemory({ ...links, now });
  const findLinkedProfiles = createFindLinkedProfiles(links);

  /** One instance of each function. */
  const createInstance = () => {
    const handlers = {
      customers: createHandleCustomerJobs({
        klaviyo,
        memory,
        seeProfiles,
        sendListJobs: createSendListJobs({ publish: publishTo('lists') }),
        tellWithheld,
        now,
      }),
      lists: createHandleListJobs({
        klaviyo,
        readLinks: createReadLinks(links),
        forgetLinks: createForgetLinks(links),
        decisions: createDecisionStore({ ...links, now }),
        tell: createTellConsents(log),
        listStore: createListStore({ client: tables.client, tableName: tables.connections }),
        repeatLater: createRepeatLater({ publish: publishTo('lists'), now }),
        now,
        random: () => 0.5,
      }),
      events: createHandleEventJobs({
        findPeople: createFindPeople({
          findLinkedProfiles,
          seeProfiles,
          findCustomers: createFindCustomers(links),
          forgetLinks: createForgetLinks(links),
        }),
        sendEvents: createSendEvents({ klaviyo, tellWithheld }),
        tellWithheld,
        askToConfirm: createAskToConfirm({ publish: publishTo('events') }),
        confirmEvents: createConfirmEvents({
          ...log,
          klaviyo,
          findLinkedProfiles,
          saveConfirmed: createSaveConfirmed(links),
          now,
        }),
      }),
    } as unknown as Record<Queue, HandleJobs<Job['message'], Connection>>;
    return async (sent: readonly Sent[]): Promise<(JobOutcome | undefined)[]> => {
      const context = { signal: new AbortController().signal, notAfterMs: nowMs + 20_000 };
      const byQueue = Map.groupBy(sent, ({ queue }) => queue);
      const outcomes = new Map<string, JobOutcome>();
      const run = async ([queue, of]: [Queue, Sent[]]) => {
        const jobs = of.map(({ job }) => job);
        const decided = await handlers[queue](jobs, connectionTo(accountId), context);
        for (const [id, outcome] of decided) outcomes.set(id, outcome);
      };
      await Promise.all([...byQueue].map(run));
      return sent.map(({ job }) => outcomes.get(job.id));
    };
  };

  const schemas = { customers: customersMessage, lists: listsMessage, events: eventsMessage };
  const read = (queue: Queue, message: object, firstSentAtMs = nowMs): Sent => ({
    queue,
    job: jobOf(schemas[queue].parse({ connectionId, ...message }) as Job['message'], {
      firstSentAtMs,
    }),
  });

  return {
    now,
    told,
    log: log.lines,
    createInstance,
    account: () => simulator.account(accountId),
    /** A job, sent and said now. */
    said: (queue: Queue, message: object): Sent =>
      read(queue, { occurredAt: new Date(nowMs).toISOString(), ...message }),
    /** What the functions have sent to queues since they were asked last. */
    takePublished: (): { readonly sent: Sent; readonly dueMs: number }[] =>
      published.splice(0).map(({ queue, body, attributes, delaySeconds = 0 }) => ({
        sent: read(queue, JSON.parse(body), Number(attributes?.firstSentAtMs ?? nowMs)),
        dueMs: nowMs + delaySeconds * 1_000,
      })),
    pass(ms: number) {
      nowMs += ms;
    },
    /** From now on the connection is to the other account, which is empty. */
    exchangeAccount() {
      accountId = accountIds[1];
    },
    linkOf: async (customerId: string) => {
      const key = memoryKeyOf(connectionTo(accountId).settings);
      return (await memory.readCustomers(key, [customerId])).get(customerId);
    },
    [Symbol.asyncDispose]: () => simulator.close(),
  };
};

export type BridgeWorld = Awaited<ReturnType<typeof startBridgeWorld>>;
