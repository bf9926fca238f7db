/** One machine instead of AWS: runs what `cdk synth` wrote, behind AWS's own protocols. */
import { type AssemblyStack, readCloudAssembly } from './assembly/cloud-assembly.ts';
import { type DeployedSoFar, deployStack } from './assembly/deploy-stack.ts';
import { createCloudFormationRoute } from './cloudformation/describe-stacks.ts';
import { createTable } from './dynamodb/create-table.ts';
import { createDynamoDbRoute } from './dynamodb/dynamodb-service.ts';
import { startTables, type Tables } from './dynamodb/tables.ts';
import { type Chances, createChances } from './faults.ts';
import type { Route } from './gateway/exchange.ts';
import { startGateway } from './gateway/gateway.ts';
import { type HttpApi, startHttpApi } from './http-api/http-api.ts';
import { createFunctionRegistry } from './lambda/function-registry.ts';
import { createLambdaRoute } from './lambda/lambda-service.ts';
import type { LocalAws, LocalAwsOptions } from './local-aws.ts';
import { operateHost } from './operate-host.ts';
import type { HostServices } from './resources/host-services.ts';
import { httpApiIdOf } from './resources/http-api.ts';
import { startSchedule } from './schedules/schedule.ts';
import { createSecretStore } from './secrets-manager/secret-store.ts';
import { createSecretsManagerRoute } from './secrets-manager/secrets-manager-service.ts';
import { createQueueRegistry } from './sqs/queue-registry.ts';
import { createSqsRoute } from './sqs/sqs-service.ts';

const accountId = '000000000000';
const defaultRegion = 'us-east-1';
const defaultMaxInstances = 10;

/** Opens a port for each HTTP API, since templates want to know its address. */
const openHttpApis = async (
  stacks: readonly AssemblyStack[],
  firstPort: number,
  cleanup: AsyncDisposableStack,
): Promise<ReadonlyMap<string, HttpApi>> => {
  const ids = stacks.flatMap(({ name, template }) =>
    Object.entries(template.Resources)
      .filter(([, { Type }]) => Type === 'AWS::ApiGatewayV2::Api')
      .map(([logicalId]) => httpApiIdOf(name, logicalId)),
  );
  const apis = new Map<string, HttpApi>();
  for (const [index, id] of ids.entries()) {
    const api = await startHttpApi({ id, port: index === 0 ? firstPort : 0, accountId });
    cleanup.defer(api.close);
    apis.set(id, api);
  }
  return apis;
};

interface Address {
  readonly endpoint: string;
  readonly region: string;
}

const createServices = (
  options: LocalAwsOptions,
  { endpoint, region }: Address,
  faults: Chances,
): Omit<HostServices, 'assetFolders' | 'httpApis'> => ({
  region,
  accountId,
  endpoint,
  functionVariables: options.functionVariables ?? {},
  functionOptions: (functionName) => ({
    maxInstances: options.maxInstances ?? defaultMaxInstances,
    onLine: (line) => options.onLog?.({ functionName, line }),
  }),
  queues: createQueueRegistry({ origin: endpoint, accountId, faults }),
  secrets: createSecretStore(`arn:aws:secretsmanager:${region}:${accountId}:secret:`),
  functions: createFunctionRegistry(),
  tables: [],
  mappings: [],
  schedules: [],
  namedQueues: [],
  namedFunctions: [],
});

/** Lets what was deployed begin its work. */
const startWork = async (
  { tables: definitions, mappings, schedules, queues, functions }: HostServices,
  tables: Tables,
  cleanup: AsyncDisposableStack,
  ticks: boolean,
) => {
  await Promise.all(definitions.map((definition) => createTable(tables, definition)));
  cleanup.defer(async () => {
    await Promise.all(functions.all().map(({ close }) => close()));
  });
  for (const { close } of queues.all()) cleanup.defer(close);
  const started = mappings.map((startMapping) => startMapping());
  for (const { stop } of started) cleanup.defer(stop);
  for (const { resource } of ticks ? schedules : [])
    if (resource.enabled) cleanup.defer(startSchedule(resource).stop);
  return started;
};

const start = async (
  options: LocalAwsOptions,
  cleanup: AsyncDisposableStack,
): Promise<LocalAws> => {
  const { stacks, assetFolders } = readCloudAssembly(options.assemblyFolder);
  const region =
    options.region ?? stacks.find((stack) => stack.region !== undefined)?.region ?? defaultRegion;
  const faults = createChances(options.faults);
  const tables = await startTables(region, accountId);
  cleanup.defer(tables.close);
  const routes: Route[] = [];
  const gateway = await startGateway(routes, options.port ?? 0);
  cleanup.defer(gateway.close);
  const endpoint = `http://127.0.0.1:${gateway.port}`;
  const httpApis = await openHttpApis(stacks, options.httpApiPort ?? 0, cleanup);
  const services = createServices(options, { endpoint, region }, faults);
  const host: HostServices = { ...services, assetFolders, httpApis };
  const soFar: DeployedSoFar = { stacks: [], notRun: [] };
  routes.push(
    createSqsRoute(host.queues),
    createDynamoDbRoute(tables, faults.throttles),
    createSecretsManagerRoute(host.secrets),
    createLambdaRoute(host.functions),
    createCloudFormationRoute(() => soFar.stacks),
  );
  for (const stack of stacks) soFar.stacks.push(deployStack(stack, host, soFar));
  const mappings = await startWork(host, tables, cleanup, options.schedules !== 'manual');
  return operateHost(host, { ...soFar, mappings }, () => cleanup.disposeAsync());
};

/**
 * Starts everything that the assembly's templates define and the host can run, on loopback alone.
 * Everything is kept in memory, time is the machine's, and no AWS credentials are needed.
 *
 * What differs from AWS: permissions are not checked; asynchronous invocations that fail are not
 * repeated; API Gateway's throttle and DynamoDB's TTL do nothing; a poller that finds no free
 * instance waits, and does not receive what it cannot run.
 *
 * @throws Error that names the resource, when a template asks for what the host does not run.
 */
export const startLocalAws = async (options: LocalAwsOptions): Promise<LocalAws> => {
  const cleanup = new AsyncDisposableStack();
  try {
    return await start(options, cleanup);
  } catch (error) {
    await cleanup.disposeAsync();
    throw error;
  }
};
