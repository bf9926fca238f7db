/** The parts that functions are made of, wired to AWS: for handlers, which do nothing else. */
import type * as z from 'zod';
import type { bridgeEnvironment, consumerEnvironment } from '../contracts/environment.ts';
import { createKlaviyoClient } from '../klaviyo/index.ts';
import { createPermits } from '../quota/permits.ts';
import { createFindConnection, createOpenConnection } from '../runtime/find-connection.ts';
import { createLogger } from '../runtime/logger.ts';
import { createMetrics } from '../runtime/metrics.ts';
import { recordCall } from '../runtime/record-call.ts';
import { recordPermits, recordUse } from '../runtime/record-permits.ts';
import { createSettle } from '../runtime/settle-jobs.ts';
import { createAwsClients } from './clients.ts';
import { composeTokens } from './compose-tokens.ts';
import { createConnectionStore } from './connection-store.ts';
import { createJobQueue } from './job-queue.ts';
import { createQueuePublisher } from './queue-publisher.ts';
import { createQuotaStore } from './quota-store.ts';

/** What every function has: clients, log, metrics, connections, and the paced Klaviyo client. */
export const composeFunction = (
  service: string,
  environment: z.output<typeof bridgeEnvironment>,
) => {
  const clients = createAwsClients();
  const logger = createLogger({ service, level: environment.LOG_LEVEL });
  const metrics = createMetrics({ service, stage: environment.STAGE });
  const connections = createConnectionStore({
    client: clients.dynamodb,
    tableName: environment.CONNECTIONS_TABLE_NAME,
    allowAnyApiUrl: environment.ALLOW_ANY_API_URL,
  });
  const permits = createPermits({
    store: createQuotaStore({ client: clients.dynamodb, tableName: environment.QUOTAS_TABLE_NAME }),
    onEvent: recordPermits(metrics, logger),
    onUse: recordUse(metrics),
  });
  const tokens = composeTokens({ environment, clients, connections, permits, logger, metrics });
  const opening = { authorise: tokens.authorise, allowAnyApiUrl: environment.ALLOW_ANY_API_URL };
  return {
    clients,
    logger,
    metrics,
    connections,
    tokens,
    permits,
    klaviyo: createKlaviyoClient({ permits, onCall: recordCall(metrics, logger) }),
    findConnection: createFindConnection({ readSettings: connections.read, ...opening }),
    openConnection: createOpenConnection(opening),
    flush: async () => {
      // Unwritten receipts only cost throughput: they must not fail what was done.
      await permits.flush().catch((error) => logger.warn('permits were not settled', {}, error));
      metrics.flush();
    },
  };
};

/** The same for a function that drains a job queue: with the ends of its jobs. */
export const composeConsumer = (
  service: string,
  environment: z.output<typeof consumerEnvironment>,
) => {
  const parts = composeFunction(service, environment);
  const { clients, logger, metrics } = parts;
  const onError = (error: unknown) => logger.warn('SQS refused a request', {}, error);
  return {
    ...parts,
    publisher: (queueUrl: string) =>
      createQueuePublisher({ client: clients.sqs, queueUrl, onError }),
    settle: createSettle({
      queue: createJobQueue({
        client: clients.sqs,
        queueUrl: environment.QUEUE_URL,
        deadLetterQueueUrl: environment.DEAD_LETTER_QUEUE_URL,
        onError,
      }),
      logger,
      metrics,
    }),
  };
};
