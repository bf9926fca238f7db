/** A stage, opened for the command line: its resources, and the parts that work on them. */
import { stageNamed, stageNames } from '../../lib/stages.ts';
import { composeTokens } from '../../shared/connections/compose-tokens.ts';
import { createConnectionStore } from '../../shared/connections/connection-store.dynamodb.ts';
import { secretNames } from '../../shared/connections/contract.ts';
import { createKlaviyoClient } from '../../shared/klaviyo/index.ts';
import { createPermits } from '../../shared/pacing/create-permits.ts';
import { createQuotaStore } from '../../shared/pacing/quota-store.dynamodb.ts';
import { createForgettingStore } from '../../shared/people/forgetting-store.dynamodb.ts';
import { createAwsClients } from '../../shared/platform/clients.aws.ts';
import { createLogger } from '../../shared/platform/logger.ts';
import { createMetrics } from '../../shared/platform/metrics.ts';
import { createReadStackOutputs } from '../../shared/platform/stack-outputs.cloudformation.ts';
import { prepareAwsEnvironment } from './aws-environment.ts';
import type { GlobalOptions } from './command.ts';
import { findLocalHost, useLocalHost } from './local-host.ts';
import { type StageResources, stackNameOf, toStageResources } from './stage-resources.ts';

/** Only a stage of this checkout can allow another API than Klaviyo's. */
const allowsAnyApiUrl = (stage: string): boolean =>
  stageNames.some((name) => name === stage) && stageNamed(stage).allowAnyApiUrl;

/** @throws CommandFailure when the stage is not there. */
export const openStage = async (options: GlobalOptions) => {
  const { stage } = options;
  const host = findLocalHost(stage);
  if (host === undefined) prepareAwsEnvironment(options);
  else useLocalHost(host);
  const resources = toStageResources(stage, await createReadStackOutputs()(stackNameOf(stage)));
  /** Where new connections call, unless told otherwise. */
  const apiUrl = host?.klaviyoUrl;
  return { resources, apiUrl, ...composeStage(resources) };
};

export type OpenedStage = Awaited<ReturnType<typeof openStage>>;

const composeStage = (resources: StageResources) => {
  const allowAnyApiUrl = allowsAnyApiUrl(resources.stage);
  const clients = createAwsClients();
  const connections = createConnectionStore({
    client: clients.dynamodb,
    tableName: resources.connectionsTable,
    allowAnyApiUrl,
  });
  const permits = createPermits({
    store: createQuotaStore({ client: clients.dynamodb, tableName: resources.quotasTable }),
  });
  const silent = { write: () => {} }; // what fails is told by the command itself
  const tokens = composeTokens({
    environment: {
      STAGE: resources.stage,
      LOG_LEVEL: 'ERROR',
      CONNECTIONS_TABLE_NAME: resources.connectionsTable,
      LINKS_TABLE_NAME: resources.linksTable,
      QUOTAS_TABLE_NAME: resources.quotasTable,
      SECRET_NAME_PREFIX: secretNames.prefix(resources.stage),
      ALLOW_ANY_API_URL: allowAnyApiUrl,
    },
    clients,
    connections,
    permits,
    logger: createLogger({ service: 'bridge', level: 'ERROR', ...silent }),
    metrics: createMetrics({ service: 'bridge', stage: resources.stage, ...silent }),
  });
  return {
    allowAnyApiUrl,
    clients,
    connections,
    permits,
    tokens,
    klaviyo: createKlaviyoClient({ permits }),
    forgetting: createForgettingStore({
      client: clients.dynamodb,
      connectionsTable: resources.connectionsTable,
      linksTable: resources.linksTable,
    }),
  };
};
