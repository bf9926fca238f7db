// Composition root: parse the environment, build the parts, wire them to the poll. Only that.

import { watchRevisions } from '../../shared/connections/watch-revisions.ts';
import { createCountMessages } from '../../shared/jobs/queue-depth.sqs.ts';
import { createQueuePublisher } from '../../shared/jobs/queue-publisher.sqs.ts';
import { createCursorStore } from '../../shared/people/cursor-store.dynamodb.ts';
import { createForgettingStore } from '../../shared/people/forgetting-store.dynamodb.ts';
import { createListPolledConnections } from '../../shared/people/polled-connections.dynamodb.ts';
import { createProfileMemory } from '../../shared/people/profile-memory.dynamodb.ts';
import { pollEnvironment } from '../../shared/platform/contract/environment.ts';
import { parseEnvironment } from '../../shared/platform/parse-environment.ts';
import { composeFunction } from '../compose-function.ts';
import { createPoll } from './create-poll.ts';

const environment = parseEnvironment(pollEnvironment, process.env);
const parts = composeFunction('poll', environment);
const { dynamodb, sqs } = parts.clients;
const connections = { client: dynamodb, tableName: environment.CONNECTIONS_TABLE_NAME };
const links = { client: dynamodb, tableName: environment.LINKS_TABLE_NAME };
const inbound = { client: sqs, queueUrl: environment.INBOUND_QUEUE_URL };
const { logger } = parts;

export const handler = createPoll({
  ...parts,
  readSettings: parts.connections.read,
  forgetting: createForgettingStore({
    client: dynamodb,
    connectionsTable: environment.CONNECTIONS_TABLE_NAME,
    linksTable: environment.LINKS_TABLE_NAME,
  }),
  cursors: createCursorStore(connections),
  listConnections: watchRevisions({
    ...parts,
    listConnections: createListPolledConnections({
      ...connections,
      onInvalid: (connectionId, error) =>
        logger.error('the stored connection is not valid', { connectionId }, error),
    }),
  }),
  memory: createProfileMemory(links),
  publish: createQueuePublisher({
    ...inbound,
    onError: (error) => logger.warn('SQS refused a request', {}, error),
  }),
  countMessages: createCountMessages(inbound),
});
