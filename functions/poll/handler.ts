// Composition root: parse the environment, build the parts, wire them to the poll. Only that.
import { composeFunction } from '../../shared/aws/compose-function.ts';
import { createCursorStore } from '../../shared/aws/cursor-store.ts';
import { createForgettingStore } from '../../shared/aws/forgetting-store.ts';
import { createListPolledConnections } from '../../shared/aws/polled-connections.ts';
import { createProfileMemory } from '../../shared/aws/profile-memory.ts';
import { createCountMessages } from '../../shared/aws/queue-depth.ts';
import { createQueuePublisher } from '../../shared/aws/queue-publisher.ts';
import { pollEnvironment } from '../../shared/contracts/environment.ts';
import { parseEnvironment } from '../../shared/runtime/parse-environment.ts';
import { watchRevisions } from '../../shared/runtime/watch-revisions.ts';
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
