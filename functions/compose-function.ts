/** The parts that functions are made of, wired to AWS: for handlers, which do nothing else. */
import type * as z from 'zod';
import { composeTokens } from '../shared/connections/compose-tokens.ts';
import { createConnectionStore } from '../shared/connections/connection-store.dynamodb.ts';
import {
  createFindConnection,
  createOpenConnection,
} from '../shared/connections/find-connection.ts';
import { createDispose } from '../shared/jobs/dispose-jobs.ts';
import { createJobQueue } from '../shared/jobs/job-queue.sqs.ts';
import { createQueuePublisher } from '../shared/jobs/queue-publisher.sqs.ts';
import { createKlaviyoClient } from '../shared/klaviyo/index.ts';
import { createPermits } from '../shared/pacing/create-permits.ts';
import { createQuotaStore } from '../shared/pacing/quota-store.dynamodb.ts';
import { recordPermits, recordUse } from '../shared/pacing/record-permits.ts';
import { createTellWithheld } from '../shared/people/tell-withheld.ts';
import { createAwsClients } from '../shared/platform/clients.aws.ts';
import type {
  bridgeEnvironment,
  consumerEnvironment,
} from '../shared/platform/contract/environment.ts';
import { createLogger } from '../shared/platform/logger.ts';
import { createMetrics } from '../shared/platform/metrics.ts';
import { recordCall } from '../shared/platform/record-call.ts';

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
      await permits.flush().catch((error) => logger.warn('permits were not reported', {}, error));
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
    tellWithheld: createTellWithheld({ logger, metrics }),
    publisher: (queueUrl: string) =>
      createQueuePublisher({ client: clients.sqs, queueUrl, onError }),
    dispose: createDispose({
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
