/**
 * The poll with its real stores and the real client against the simulator, at a time that the test
 * sets; and the customers function beside it, whose writes must not come back.
 */

import { createHandleCustomerJobs } from '../../../functions/customers/handle-jobs.ts';
import { createPoll } from '../../../functions/poll/create-poll.ts';
import {
  type KlaviyoSimulatorOptions,
  startKlaviyoSimulator,
} from '../../../local/klaviyo/simulator.ts';
import { createConnectionStore } from '../../../shared/connections/connection-store.dynamodb.ts';
import { connectionSettings } from '../../../shared/connections/contract.ts';
import {
  type Authorise,
  createFindConnection,
  createOpenConnection,
} from '../../../shared/connections/find-connection.ts';
import {
  type CustomerChanged,
  type CustomerUpsert,
  customerChanged,
} from '../../../shared/jobs/contract/messages.ts';
import type { OutgoingMessage } from '../../../shared/jobs/outgoing-messages.ts';
import { createKlaviyoClient, KlaviyoAuthorisationError } from '../../../shared/klaviyo/index.ts';
import { createCursorStore } from '../../../shared/people/cursor-store.dynamodb.ts';
import { createCustomerMemory } from '../../../shared/people/customer-memory.dynamodb.ts';
import { createForgettingStore } from '../../../shared/people/forgetting-store.dynamodb.ts';
import { createListPolledConnections } from '../../../shared/people/polled-connections.dynamodb.ts';
import { createProfileMemory } from '../../../shared/people/profile-memory.dynamodb.ts';
import { createSeeProfiles } from '../../../shared/people/see-profiles.ts';
import { createSightingStore } from '../../../shared/people/sighting-store.dynamodb.ts';
import { startDynamoDB } from '../../support/dynamodb.ts';
import { createFreePermits } from '../../support/free-permits.ts';
import { jobOf } from '../../support/job.ts';
import { createMemoryLog } from '../../support/memory-log.ts';

const startMs = Date.parse('2026-11-23T12:00:00Z');

export interface PollStageOptions {
  readonly simulator?: KlaviyoSimulatorOptions;
  /** Settings of the connection `acme`. */
  readonly settings?: Record<string, unknown>;
}

export const startPollStage = async (options: PollStageOptions = {}) => {
  let nowMs = startMs;
  const now = () => nowMs;
  const cleanup = new AsyncDisposableStack();
  const simulator = await startKlaviyoSimulator({
    rateLimits: 'off',
    nowMs: now,
    ...options.simulator,
  });
  cleanup.defer(() => simulator.close());
  const dynamodb = cleanup.use(await startDynamoDB());
  const client = dynamodb.client;
  const connectionsTable = await dynamodb.createTable('connections', { sortKey: true });
  const linksTable = await dynamodb.createTable('links');
  const connections = createConnectionStore({
    client,
    tableName: connectionsTable,
    allowAnyApiUrl: true,
  });
  const connect = (connectionId: string, settings: Record<string, unknown> = {}) =>
    connections.write(
      connectionSettings.parse({
        connectionId,
        status: 'connected',
        auth: 'private_key',
        accountId: simulator.account().id,
        apiUrl: simulator.url,
        ...settings,
      }),
    );
  await connect('acme', options.settings);

  const { permits } = createFreePermits();
  const klaviyo = createKlaviyoClient({ permits, sleep: async () => {}, now });
  const authorise: Authorise = async ({ connectionId }, rejected) => {
    if (connectionId.startsWith('refused')) {
      if (rejected === undefined) return 'Klaviyo-API-Key wrong';
      await connections.setStatus(connectionId, 'needs_authorisation');
      throw new KlaviyoAuthorisationError('credentials', 401, []);
    }
    return 'Klaviyo-API-Key pk_simulated';
  };
  const opening = { authorise, allowAnyApiUrl: true };
  const { lines, logger, metrics } = createMemoryLog();
  const cursors = createCursorStore({ client, tableName: connectionsTable, now });
  const inbound: OutgoingMessage[] = [];
  const waiting = { count: 0 };
  const poll = createPoll({
    klaviyo,
    permits,
    readSettings: connections.read,
    forgetting: createForgettingStore({ client, connectionsTable, linksTable, now }),
    cursors,
    memory: createProfileMemory({ client, tableName: linksTable, now }),
    publish: async (messages) => {
      await stage.onPublish();
      inbound.push(...messages);
      return new Set<number>();
    },
    countMessages: async () => waiting.count,
    listConnections: createListPolledConnections({
      client,
      tableName: connectionsTable,
      onInvalid: () => {},
    }),
    openConnection: createOpenConnection(opening),
    findConnection: createFindConnection({ readSettings: connections.read, ...opening }),
    logger,
    metrics,
    now,
  });

  const handleCustomerJobs = createHandleCustomerJobs({
    klaviyo,
    memory: createCustomerMemory({ client, tableName: linksTable, now }),
    seeProfiles: createSeeProfiles({
      klaviyo,
      sightings: createSightingStore({ client, tableName: linksTable, now }),
      now,
    }),
    sendListJobs: async () => {},
    tellWithheld: () => {},
    now,
  });

  /** A minute goes by, and the schedule fires. */
  const tick = async (event: unknown = {}, afterMs = 60_000, remainingMs = 55_000) => {
    nowMs += afterMs;
    const before = inbound.length;
    const outcome = await poll(event, { getRemainingTimeInMillis: () => remainingMs });
    const messages = inbound
      .slice(before)
      .map(({ body }): CustomerChanged => customerChanged.parse(JSON.parse(body)));
    return { outcome, messages };
  };

  /** A customer job goes the whole way to Klaviyo. */
  const send = async (customer: CustomerUpsert['customer']) => {
    const message = { connectionId: 'acme', type: 'customer.upsert' as const, customer };
    const state = createOpenConnection(opening)(
      (await connections.read('acme')) ?? connectionSettings.parse({}),
    );
    if (state.kind !== 'open') throw new Error('acme is not connected');
    const context = { signal: new AbortController().signal, notAfterMs: nowMs + 20_000 };
    const job = { ...jobOf(message), occurredAtMs: nowMs };
    const outcomes = await handleCustomerJobs([job], state.connection, context);
    return outcomes.get(job.id);
  };

  const account = simulator.account();
  const stage = {
    /** Called before each publication. */
    onPublish: async (): Promise<void> => {},
    simulator,
    account,
    /** Profiles that have long been in Klaviyo; resolves to their ids. */
    seed: (...profiles: Record<string, unknown>[]) =>
      account.seedProfiles(profiles.map((attributes) => ({ attributes }))),
    client,
    linksTable,
    memoryKey: `acme/${account.id}`,
    connect,
    connections,
    cursors,
    inbound,
    waiting,
    lines,
    tick,
    send,
    pass: (ms: number) => {
      nowMs += ms;
    },
    now,
    [Symbol.asyncDispose]: () => cleanup.disposeAsync(),
  };
  return stage;
};
